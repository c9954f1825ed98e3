import Testing

@testable import LibPQ

@Suite struct PostgresConfigurationTests {
    @Test("A connection string is parsed")
    func accepted() throws {
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql://user:secret@db.example:5433/settings?sslmode=disable",
            applicationName: "tests")
        #expect("\(configuration)" == "postgresql://db.example:5433/settings")
    }

    @Test(
        "Invalid connection strings are refused without printing the password",
        arguments: [
            "", "secret", "mysql://u:secret@h/d", "postgresql+psycopg2://u:secret@h/d", "postgresql:secret",
            "postgresql://u:secret@h:port/d", "postgresql://u:secret@h/d?nonsense=1",
            "postgresql://u:secret@h/d?password", "postgres+psycopg2://u:secret@h/d", "postgres:/u:secret@h/d",
            "postgresql://u:x?secret@y/d?a=b", "postgresql://u:x/?secret=@h/d",
        ])
    func refused(text: String) {
        let error = #expect(throws: PostgresConfigurationError.self) {
            try PostgresConfiguration(connectionString: text, applicationName: "tests")
        }
        #expect(error?.description.contains("secret") == false)
        #expect(error?.description.contains("postgresql://") == true)
    }

    @Test(
        "Both schemes of PostgreSQL are accepted, with white space around the string",
        arguments: ["", "\n", " \t", "\r\n"])
    func spellings(space: String) throws {
        for scheme in ["postgres", "postgresql"] {
            let configuration = try PostgresConfiguration(
                connectionString: "\(space)\(scheme)://user:secret@db.example/settings\(space)",
                applicationName: "tests")
            #expect("\(configuration)" == "postgresql://db.example/settings")
        }
    }

    @Test(
        "An option that libpq does not know is named in the error",
        arguments: ["nonsense", "sslmod", "connect_timeouts", "app-name"])
    func unknownOption(name: String) {
        for query in ["\(name)=1", "sslmode=disable&\(name)=1", "\(name)"] {
            let error = #expect(throws: PostgresConfigurationError.self) {
                try PostgresConfiguration(
                    connectionString: "postgresql://u:secret@h/d?\(query)", applicationName: "tests")
            }
            #expect(error?.description.contains("'\(name)'") == true, "\(query)")
        }
    }

    @Test(
        "Lists of hosts, addresses and ports of different lengths are refused",
        arguments: [
            "host=a,b&hostaddr=127.0.0.1,127.0.0.2,127.0.0.3", "host=a,b,c&hostaddr=127.0.0.1,127.0.0.2",
            "host=a,b&port=1,2,3", "host=a,b,c&port=1,2", "hostaddr=127.0.0.1,127.0.0.2&port=1,2,3",
            "host=a&hostaddr=127.0.0.1,127.0.0.2",
        ])
    func lists(query: String) {
        #expect(throws: PostgresConfigurationError.self) {
            try PostgresConfiguration(connectionString: "postgresql:///d?\(query)", applicationName: "tests")
        }
    }

    @Test("A configuration shows servers, database and user without the password")
    func told() throws {
        let configuration = try PostgresConfiguration(
            connectionString: "postgres://somebody:secret@a:1,b:2/data", applicationName: "tests")
        #expect(configuration.servers == "a:1, b:2")
        #expect(configuration.user == "somebody" && configuration.databaseName == "data")
        let bare = try PostgresConfiguration(connectionString: "postgresql://somebody@", applicationName: "tests")
        #expect(bare.databaseName == "somebody" && bare.servers.hasSuffix(":5432"))
    }

    @Test(
        "Options that libpq would refuse or ignore are refused early, by name and without the password",
        arguments: [
            ("sslmode=zz", "sslmode"), ("connect_timeout=abc", "connect_timeout"),
            ("keepalives_idle=x", "keepalives_idle"),
            ("tcp_user_timeout=1.5", "tcp_user_timeout"), ("keepalives=yes", "keepalives"),
            ("client_encoding=zz", "client_encoding"), ("client_encoding=LATIN1", "client_encoding"),
            ("target_session_attrs=zz", "target_session_attrs"), ("channel_binding=zz", "channel_binding"),
            ("gssencmode=zz", "gssencmode"), ("service=secret-service", "libpq"), ("sslmode=secret", "libpq"),
        ])
    func options(option: String, name: String) throws {
        let error = #expect(throws: PostgresConfigurationError.self) {
            try PostgresConfiguration(
                connectionString: "postgresql://u:secret@db.example,db2.example:5433/d?\(option)",
                applicationName: "tests")
        }
        let sentence = error?.description ?? ""
        #expect(sentence.contains(name) && !sentence.contains("secret") && !sentence.contains("\n"), "\(sentence)")
    }

    @Test(
        "The connect timeout is 1.5 seconds, or the value of connect_timeout",
        arguments: [("", 1500), ("connect_timeout=0", 1500), ("connect_timeout=-1", 1500), ("connect_timeout=7", 7000)])
    func connectTimeout(option: String, milliseconds: Int) throws {
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql://db.example/d?\(option)", applicationName: "tests")
        #expect(configuration.connectTimeout == .milliseconds(milliseconds))
    }

    @Test(
        "Standby servers are refused unless the connection string allows them",
        arguments: [
            ("db.example/d", "primary"), ("db.example,db2.example/d", "read-write"),
            ("db.example/d?target_session_attrs=any", "any"),
        ])
    func standby(rest: String, attributes: String) throws {
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql://\(rest)", applicationName: "tests")
        #expect(configuration.parameters["target_session_attrs"] == attributes)
    }

    @Test(
        "Valid options of libpq are accepted",
        arguments: [
            "", "sslmode=verify-full", "connect_timeout=10", "client_encoding=utf8", "client_encoding=UTF-8",
            "keepalives=0",
            "target_session_attrs=read-write", "options=-c%20search_path%3Dx", "host=/nowhere,/nowhere",
            "application_name=x",
            "hostaddr=127.0.0.1,127.0.0.1", "sslrootcert=/nowhere",
        ])
    func takenOptions(option: String) throws {
        _ = try PostgresConfiguration(
            connectionString: "postgresql://u:secret@db.example,db2.example/d?\(option)", applicationName: "tests")
    }
}
