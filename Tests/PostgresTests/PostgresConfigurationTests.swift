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
}
