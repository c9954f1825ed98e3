import Configuration
import HeksherServer
import HeksherStore
import Testing

@testable import HTTPGuard

@Suite struct ServiceConfigurationTests {
    private static func configuration(_ variables: [String: String]) throws -> ServiceConfiguration {
        let environment = EnvironmentVariablesProvider(environmentVariables: variables)
        return try ServiceConfiguration(ConfigReader(provider: environment), logFormat: .json)
    }

    private static let database = "postgresql://user:secret@localhost/heksher"

    @Test("Without variables, the configuration has its defaults")
    func defaults() throws {
        let configuration = try Self.configuration(["HEKSHER_DB_CONNECTION_STRING": Self.database])
        #expect(configuration.poolSize == 8 && configuration.host == "127.0.0.1" && configuration.port == 8080)
    }

    @Test("Variables set the pool's size and the port")
    func set() throws {
        let configuration = try Self.configuration([
            "HEKSHER_DB_CONNECTION_STRING": Self.database, "HEKSHER_DB_POOL_SIZE": "3", "PORT": "0",
        ])
        #expect(configuration.poolSize == 3 && configuration.port == 0)
    }

    @Test("The storage limits have defaults and variables, and no part is larger than a request's body")
    func storage() throws {
        let defaults = try Self.configuration(["HEKSHER_DB_CONNECTION_STRING": Self.database]).storage
        #expect(defaults.settings == 200_000 && defaults.rulesPerSetting == 100_000)
        #expect(defaults.bytes == 1 << 30 && defaults.partSize == 1 << 20)
        let storage = try Self.configuration([
            "HEKSHER_DB_CONNECTION_STRING": Self.database, "HEKSHER_MAX_SETTINGS": "7",
            "HEKSHER_MAX_RULES_PER_SETTING": "8", "HEKSHER_MAX_STORED_BYTES": "9000000",
            "HEKSHER_MAX_BODY_BYTES": "2048",
        ]).storage
        #expect(storage.settings == 7 && storage.rulesPerSetting == 8)
        #expect(storage.bytes == 9_000_000 && storage.partSize == 2048)
    }

    @Test("Variables configure features, shutdown, logging, Logstash and Sentry")
    func observability() throws {
        let configuration = try Self.configuration([
            "HEKSHER_DB_CONNECTION_STRING": Self.database, "HEKSHER_STARTUP_CONTEXT_FEATURES": "user;trust;theme",
            "HEKSHER_SHUTDOWN_SECONDS": "0", "HEKSHER_LOG_FORMAT": "TEXT", "HEKSHER_LOG_LEVEL": "30",
            "HEKSHER_LOGSTASH_HOST": "logs", "HEKSHER_LOGSTASH_PORT": "5000", "HEKSHER_LOGSTASH_LEVEL": "ERROR",
            "HEKSHER_LOGSTASH_TAGS": "a:b  c:d:e", "SENTRY_DSN": "https://key@sentry.example.com/1",
        ])
        #expect(configuration.startupContextFeatures?.names == ["user", "trust", "theme"])
        #expect(configuration.shutdownTimeout == .zero)
        #expect(configuration.logging.format == .text && configuration.logging.level == .warning)
        let logstash = try #require(configuration.logging.logstash)
        #expect(logstash.host == "logs" && logstash.port == 5000 && logstash.level == .error)
        #expect(logstash.tags.map(\.key) == ["a", "c"] && logstash.tags.map(\.value) == ["b", "d:e"])
        #expect(configuration.sentry != nil)
    }

    @Test(
        "DOC_ONLY is a boolean",
        arguments: [("true", true), ("True", true), ("1", true), ("false", false), ("", false)])
    func documentationOnly(text: String, isSet: Bool) throws {
        #expect(try Self.documentationOnly(text) == isSet)
        let error = #expect(throws: ConfigurationError.self) { try Self.documentationOnly("perhaps") }
        #expect(error?.description.hasPrefix("DOC_ONLY") == true)
    }

    private static func documentationOnly(_ text: String) throws -> Bool {
        try ServiceConfiguration.documentationOnly(
            ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: ["DOC_ONLY": text])))
    }

    @Test(
        "An invalid variable is reported in one sentence with its name and without a password",
        arguments: [
            ("HEKSHER_DB_CONNECTION_STRING", ""), ("HEKSHER_DB_CONNECTION_STRING", "mysql://user:secret@localhost/x"),
            ("HEKSHER_DB_CONNECTION_STRING", "postgresql+psycopg2://user:secret@localhost/x"),
            ("HEKSHER_DB_CONNECTION_STRING", "postgresql://user:secret@localhost:x/y"), ("HEKSHER_DB_POOL_SIZE", "0"),
            ("HEKSHER_DB_POOL_SIZE", "eight"), ("HEKSHER_DB_POOL_SIZE", "1001"), ("PORT", "-1"), ("PORT", "65536"),
            ("PORT", "8 0"), ("HEKSHER_STARTUP_CONTEXT_FEATURES", "a;;b"),
            ("HEKSHER_STARTUP_CONTEXT_FEATURES", "a;b;a"),
            ("HEKSHER_STARTUP_CONTEXT_FEATURES", "a,b"), ("HEKSHER_SHUTDOWN_SECONDS", "-1"),
            ("HEKSHER_SHUTDOWN_SECONDS", "1.5"), ("HEKSHER_LOG_FORMAT", "xml"), ("HEKSHER_LOG_LEVEL", "loud"),
            ("HEKSHER_LOG_LEVEL", "60"), ("HEKSHER_LOGSTASH_HOST", "only.example.com"),
            ("HEKSHER_LOGSTASH_PORT", "5000"),
            ("HEKSHER_LOGSTASH_PORT", "none"), ("HEKSHER_LOGSTASH_LEVEL", "x"), ("HEKSHER_LOGSTASH_TAGS", "a:b c"),
            ("SENTRY_DSN", "https://secret"), ("SENTRY_DSN", "secret"),
        ])
    func wrong(variable: String, value: String) {
        var variables = ["HEKSHER_DB_CONNECTION_STRING": Self.database]
        variables[variable] = value
        let error = #expect(throws: ConfigurationError.self) { try Self.configuration(variables) }
        let sentence = error?.description ?? ""
        #expect(sentence.hasPrefix(variable) && !sentence.contains("secret") && !sentence.contains("\n"), "\(sentence)")
    }
}
