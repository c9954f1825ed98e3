import Testing

@testable import Postgres

@Suite struct PostgresConfigurationTests {
    @Test("A connection string is read")
    func accepted() throws {
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql://user:secret@db.example:5433/settings?sslmode=disable",
            applicationName: "tests")
        #expect("\(configuration)" == "postgresql://db.example:5433/settings")
    }

    @Test(
        "What is no connection string is refused without a word of the password",
        arguments: [
            "", "secret", "mysql://u:secret@h/d", "postgresql+psycopg2://u:secret@h/d", "postgresql:secret",
            "postgresql://u:secret@h:port/d", "postgresql://u:secret@h/d?nonsense=1",
            "postgresql://u:secret@h/d?password", "postgres://u:secret@h/d",
        ])
    func refused(text: String) {
        let error = #expect(throws: PostgresConfigurationError.self) {
            try PostgresConfiguration(connectionString: text, applicationName: "tests")
        }
        #expect(error?.description.contains("secret") == false)
        #expect(error?.description.contains("postgresql://") == true)
    }

    @Test(
        "Options that libpq would refuse, or overlook, are refused at once, by name and without the password",
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
        "Connecting may take 1.5 seconds, or what connect_timeout says",
        arguments: [("", 1500), ("connect_timeout=0", 1500), ("connect_timeout=-1", 1500), ("connect_timeout=7", 7000)])
    func connectTimeout(option: String, milliseconds: Int) throws {
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql://db.example/d?\(option)", applicationName: "tests")
        #expect(configuration.connectTimeout == .milliseconds(milliseconds))
    }

    @Test(
        "No standby is connected to, unless that is asked for",
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
        "Options that libpq takes are taken",
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
