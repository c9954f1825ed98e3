public import Configuration
public import HeksherDomain
public import Postgres
public import Telemetry

/// What an operator can set: read from the environment, checked before anything starts.
public struct ServiceConfiguration: Sendable {
    /// `HEKSHER_DB_CONNECTION_STRING`
    public var database: PostgresConfiguration
    /// `HEKSHER_DB_POOL_SIZE`: how many connections to the database there may be.
    public var poolSize: Int
    public var host: String
    /// 0 lets the system choose.
    public var port: Int
    /// `HEKSHER_STARTUP_CONTEXT_FEATURES`
    public var startupContextFeatures: StartupContextFeatures?
    /// `HEKSHER_SHUTDOWN_SECONDS`: how long requests under way may take once the service is asked to stop.
    public var shutdownTimeout = Duration.seconds(10)
    public var limits = ConnectionLimits()
    /// `HEKSHER_ACCESS_FILE`: who may do what; `nil` lets everybody do everything.
    var access: AccessControl?
    /// `HEKSHER_TLS_CERTIFICATE`, `HEKSHER_TLS_KEY`: what the service shows who it is by; `nil` for HTTP without TLS.
    var tls: TLSIdentity?
    /// `HEKSHER_CORS_ORIGINS`
    var sharing: OriginSharing?
    public var logging = LoggingConfiguration(format: .text)
    /// `SENTRY_DSN`
    public var sentry: SentryDSN?
    /// What `HEKSHER_PAGES_DIR` or one of the usual places has; without them the documentation pages tell how to get them.
    public var renderers: Renderers?

    public init(database: PostgresConfiguration, poolSize: Int = 8, host: String = "127.0.0.1", port: Int = 8080) {
        self.database = database
        self.poolSize = poolSize
        self.host = host
        self.port = port
    }

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - host: takes precedence over the default, 127.0.0.1.
    ///   - port: takes precedence over `PORT`, which takes precedence over the default, 8080.
    ///   - logFormat: when `HEKSHER_LOG_FORMAT` does not say.
    /// - Throws: ``ConfigurationError``.
    public init(
        _ environment: ConfigReader, host: String? = nil, port: Int? = nil, logFormat: LoggingConfiguration.Format
    ) throws(ConfigurationError) {
        try self.init(
            environment, database: Self.database(environment), host: host, port: port, logFormat: logFormat)
    }

    /// Reads the environment but for the database.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(
        _ environment: ConfigReader, database: PostgresConfiguration, host: String? = nil, port: Int? = nil,
        logFormat: LoggingConfiguration.Format
    ) throws(ConfigurationError) {
        self.init(database: database)
        if let size = try environment.integer("HEKSHER_DB_POOL_SIZE", in: 1...1000) { poolSize = size }
        if let host { self.host = host }
        if let port {
            self.port = port
        } else {
            self.port = try Self.port(environment)
        }
        if let text = environment.text("HEKSHER_STARTUP_CONTEXT_FEATURES") {
            do {
                startupContextFeatures = try StartupContextFeatures(parsing: text)
            } catch {
                throw ConfigurationError("HEKSHER_STARTUP_CONTEXT_FEATURES: \(error)")
            }
        }
        if let seconds = try environment.integer("HEKSHER_SHUTDOWN_SECONDS", in: 0...3600) {
            shutdownTimeout = .seconds(seconds)
        }
        limits = try ConnectionLimits(environment)
        if let file = environment.text("HEKSHER_ACCESS_FILE") { access = try AccessControl(file: file) }
        tls = try TLSIdentity(environment)
        sharing = try OriginSharing(environment)
        logging = try LoggingConfiguration(environment, defaultFormat: logFormat)
        if let text = environment.text("SENTRY_DSN", isSecret: true) {
            do {
                sentry = try SentryDSN(parsing: text)
            } catch {
                throw ConfigurationError("SENTRY_DSN \(error)")
            }
        }
        renderers = try Renderers.find(environment)
    }

    /// `http`, or `https` if the environment says so.
    public static func scheme(_ environment: ConfigReader) -> String {
        environment.text("HEKSHER_TLS_CERTIFICATE") == nil ? "http" : "https"
    }

    /// How the service's address begins.
    public var scheme: String { tls == nil ? "http" : "https" }

    /// Reads `PORT`: 8080 if it is not set.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func port(_ environment: ConfigReader) throws(ConfigurationError) -> Int {
        try environment.integer("PORT", in: 0...65535) ?? 8080
    }

    /// Reads `DOC_ONLY`: whether the service is to show its documentation and nothing else.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func documentationOnly(_ environment: ConfigReader) throws(ConfigurationError) -> Bool {
        guard let text = environment.text("DOC_ONLY") else { return false }
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return true
        case "false", "0", "no", "off", "f", "n": return false
        default: throw ConfigurationError("DOC_ONLY is '\(text)': it takes true or false")
        }
    }

    /// Does what connects to the database first. If it cannot be reached, the error names the variable to look at.
    ///
    /// - Throws: ``StartError``, and what `connect` throws.
    public static func connecting<Value>(_ connect: () async throws -> Value) async throws -> Value {
        do {
            return try await connect()
        } catch let error as PostgresError {
            guard case .unreachable = error else { throw error }
            throw StartError("\(databaseVariable): \(error)")
        }
    }

    private static let databaseVariable = "HEKSHER_DB_CONNECTION_STRING"

    /// Reads `HEKSHER_DB_CONNECTION_STRING` alone.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func database(_ environment: ConfigReader) throws(ConfigurationError) -> PostgresConfiguration {
        let name = databaseVariable
        guard let text = environment.text(name, isSecret: true) else {
            throw ConfigurationError(
                "\(name) is not set: it names the database, as postgresql://user:password@host:port/dbname")
        }
        do {
            return try PostgresConfiguration(connectionString: text, applicationName: "heksher")
        } catch {
            throw ConfigurationError("\(name) \(error)")
        }
    }
}

/// A variable that is missing or wrong, as a sentence that names it.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}

extension ConfigReader {
    /// A variable's text; `nil` when it is not set or empty.
    func text(_ name: String, isSecret: Bool = false) -> String? {
        let text = string(forKey: ConfigKey([name]), isSecret: isSecret)
        return text?.isEmpty == true ? nil : text
    }

    /// A variable that holds a whole number.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ConfigurationError(
                "\(name) is '\(text)': it takes a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
