import Postgres
import Testing

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
