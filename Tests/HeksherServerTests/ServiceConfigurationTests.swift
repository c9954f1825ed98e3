import Configuration
import HeksherServer
import Testing

@Suite struct ServiceConfigurationTests {
    private static func configuration(_ variables: [String: String]) throws -> ServiceConfiguration {
        let environment = EnvironmentVariablesProvider(environmentVariables: variables)
        return try ServiceConfiguration(ConfigReader(provider: environment), logFormat: .json)
    }

    private static let database = "postgresql://user:secret@localhost/heksher"

    @Test("Defaults")
    func defaults() throws {
        let configuration = try Self.configuration(["HEKSHER_DB_CONNECTION_STRING": Self.database])
        #expect(configuration.poolSize == 8 && configuration.host == "127.0.0.1" && configuration.port == 8080)
    }

    @Test("What is set is taken")
    func set() throws {
        let configuration = try Self.configuration([
            "HEKSHER_DB_CONNECTION_STRING": Self.database, "HEKSHER_DB_POOL_SIZE": "3", "PORT": "0",
        ])
        #expect(configuration.poolSize == 3 && configuration.port == 0)
    }

    @Test(
        "What is wrong is told in one sentence that names the variable, and no password",
        arguments: [
            ("HEKSHER_DB_CONNECTION_STRING", ""), ("HEKSHER_DB_CONNECTION_STRING", "mysql://user:secret@localhost/x"),
            ("HEKSHER_DB_CONNECTION_STRING", "postgresql+psycopg2://user:secret@localhost/x"),
            ("HEKSHER_DB_CONNECTION_STRING", "postgresql://user:secret@localhost:x/y"), ("HEKSHER_DB_POOL_SIZE", "0"),
            ("HEKSHER_DB_POOL_SIZE", "eight"), ("HEKSHER_DB_POOL_SIZE", "1001"), ("PORT", "-1"), ("PORT", "65536"),
            ("PORT", "80 "),
        ])
    func wrong(variable: String, value: String) {
        var variables = ["HEKSHER_DB_CONNECTION_STRING": Self.database]
        variables[variable] = value
        let error = #expect(throws: ConfigurationError.self) { try Self.configuration(variables) }
        let sentence = error?.description ?? ""
        #expect(sentence.hasPrefix(variable) && !sentence.contains("secret") && !sentence.contains("\n"), "\(sentence)")
    }
}
