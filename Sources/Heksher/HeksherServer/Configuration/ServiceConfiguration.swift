public import Configuration
public import DocumentationPages
public import HTTPGuard
public import HeksherDomain
public import HeksherStore
public import LibPQ
import PosixSupport
public import Telemetry

/// The operator's settings, read from the environment and checked before anything starts.
public struct ServiceConfiguration: Sendable {
    /// `HEKSHER_DB_CONNECTION_STRING`
    public var database: PostgresConfiguration
    /// `HEKSHER_DB_POOL_SIZE`: the maximum number of connections to the database.
    public var poolSize: Int
    /// The name or address on which the service listens.
    public var host: String
    /// 0 lets the system choose.
    public var port: Int
    /// The socket on which the service listens, instead of a port.
    public var unixSocket: String?
    /// `HEKSHER_STARTUP_CONTEXT_FEATURES`
    public var startupContextFeatures: StartupContextFeatures?
    /// `HEKSHER_SHUTDOWN_SECONDS`: the time in which the process must end after a signal.
    public var shutdownTimeout = Self.defaultShutdownTimeout
    /// The limits on connections and requests.
    public var limits = ConnectionLimits()
    /// `HEKSHER_TRUSTED_PROXIES`: the peers whose `X-Forwarded-…` fields the service believes.
    public var trustedProxies = TrustedProxies()
    /// `HEKSHER_MAX_SETTINGS`, `HEKSHER_MAX_RULES_PER_SETTING`, `HEKSHER_MAX_STORED_BYTES`: limits on stored data.
    public var storage = StorageLimits()
    /// `HEKSHER_HISTORY_DAYS`: the number of days for which changes are kept; `nil` keeps all.
    public var historyDays: Int? = 365
    /// `HEKSHER_ACCESS_FILE`: the access control; `nil` allows every caller everything.
    var access: AccessControl?
    /// `HEKSHER_TLS_CERTIFICATE`, `HEKSHER_TLS_KEY`: the server's certificate and private key; `nil` for HTTP without TLS.
    var tls: TLSIdentity?
    /// `HEKSHER_ROOT_PATH`: the path below which clients find the service.
    public var rootPath = RootPath()
    /// `HEKSHER_ALLOWED_HOSTS`: the host names that requests on a loopback address may use in addition to loopback names.
    var allowedHosts = AllowedHosts(option: EnvironmentVariable.allowedHosts.name)
    /// `HEKSHER_CORS_ORIGINS`
    var sharing: OriginSharing?
    /// `HEKSHER_OFREP_TARGETING_KEY`: the context feature that takes its value from OpenFeature's `targetingKey`; `nil` if none does.
    public var targetingFeature: String?
    /// The destinations of log records.
    public var logging = LoggingConfiguration(format: .text)
    /// `SENTRY_DSN`
    public var sentry: SentryDSN?
    /// The files from `HEKSHER_PAGES_DIR` or one of the usual directories. Without them, the documentation pages describe how to get them.
    public var renderers: Renderers?

    /// A configuration with the defaults of all other settings.
    public init(database: PostgresConfiguration, poolSize: Int = 8, host: String = "127.0.0.1", port: Int = 8080) {
        self.database = database
        self.poolSize = poolSize
        self.host = host
        self.port = port
    }

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - host: takes precedence over `HEKSHER_HOST`, which takes precedence over the default, 127.0.0.1.
    ///   - port: takes precedence over `PORT`, which takes precedence over the default, 8080.
    ///   - unixSocket: takes precedence over `HEKSHER_UNIX_SOCKET`, and over host and port.
    ///   - logFormat: the format if `HEKSHER_LOG_FORMAT` is not set.
    /// - Throws: ``ConfigurationError``.
    public init(
        _ environment: ConfigReader, host: String? = nil, port: Int? = nil, unixSocket: String? = nil,
        logFormat: LoggingConfiguration.Format
    ) throws(ConfigurationError) {
        try self.init(
            environment, database: Self.database(environment), host: host, port: port, unixSocket: unixSocket,
            logFormat: logFormat)
    }

    /// Reads the environment, except for the database.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(
        _ environment: ConfigReader, database: PostgresConfiguration, host: String? = nil, port: Int? = nil,
        unixSocket: String? = nil, logFormat: LoggingConfiguration.Format
    ) throws(ConfigurationError) {
        self.init(database: database)
        if let size = try environment.integer(.databasePoolSize, in: 1...1000) { poolSize = size }
        switch try Self.listeningAddress(environment, host: host, port: port, unixSocket: unixSocket) {
        case .network(let host, let port): (self.host, self.port) = (host, port)
        case .unixSocket(let path): self.unixSocket = path
        }
        if let text = try environment.text(.startupContextFeatures) {
            do {
                startupContextFeatures = try StartupContextFeatures(parsing: text)
            } catch {
                throw ConfigurationError("\(EnvironmentVariable.startupContextFeatures.name): \(error)")
            }
        }
        shutdownTimeout = try Self.shutdownTimeout(environment)
        limits = try ConnectionLimits(environment)
        trustedProxies = try TrustedProxies(environment)
        storage = try StorageLimits(environment, partSize: limits.bodySize)
        if let days = try environment.integer(.historyDays, in: 0...100_000) { historyDays = days == 0 ? nil : days }
        if let file = try environment.text(.accessFile) { access = try AccessControl(file: file) }
        tls = try TLSIdentity(environment)
        rootPath = try RootPath(environment)
        allowedHosts = try AllowedHosts(environment)
        sharing = try OriginSharing(environment)
        if let name = try environment.text(.targetingKey) {
            guard FeatureName.isValid(name) else {
                throw ConfigurationError(
                    "\(EnvironmentVariable.targetingKey.name) is '\(name)': it takes the name of a context feature, as in 'user'"
                )
            }
            targetingFeature = name
        }
        logging = try LoggingConfiguration(environment, defaultFormat: logFormat)
        if let text = try environment.text(.sentryDSN) {
            do {
                sentry = try SentryDSN(parsing: text)
            } catch {
                throw ConfigurationError("\(EnvironmentVariable.sentryDSN.name) \(error)")
            }
        }
        renderers = try Renderers.find(environment)
    }

    /// `http`, or `https` if the environment names a certificate.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func scheme(_ environment: ConfigReader) throws(ConfigurationError) -> String {
        try environment.text(.tlsCertificate) == nil ? "http" : "https"
    }

    /// The scheme of the service's address.
    public var scheme: String { tls == nil ? "http" : "https" }

    /// The address on which the service listens.
    public var listeningAddress: ListeningAddress {
        unixSocket.map { .unixSocket(path: $0) } ?? .network(host: host, port: port)
    }

    /// Chooses the address on which to listen from arguments of the command line, from variables, or from defaults, in this order.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func listeningAddress(
        _ environment: ConfigReader, host: String?, port: Int?, unixSocket: String?
    ) throws(ConfigurationError) -> ListeningAddress {
        // Arguments for a port take precedence over a variable for a socket.
        let isPort = host != nil || port != nil
        let socketVariable = try unixSocket == nil && !isPort ? environment.text(.unixSocket) : nil
        if let path = unixSocket ?? socketVariable {
            guard !path.isEmpty, path.utf8.count <= SocketProbe.maximumPathLength else {
                throw ConfigurationError(
                    "the path of the unix socket '\(path)' must have 1 to \(SocketProbe.maximumPathLength) bytes")
            }
            return .unixSocket(path: path)
        }
        // A variable that is not used may be invalid.
        let hostVariable = try host == nil ? environment.text(.host) : nil
        let portVariable = try port == nil ? Self.port(environment) : nil
        return .network(host: host ?? hostVariable ?? "127.0.0.1", port: port ?? portVariable ?? 8080)
    }

    /// The value of `HEKSHER_SHUTDOWN_SECONDS` if it is not set.
    public static let defaultShutdownTimeout = Duration.seconds(10)

    /// Reads `HEKSHER_SHUTDOWN_SECONDS`.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func shutdownTimeout(_ environment: ConfigReader) throws(ConfigurationError) -> Duration {
        try environment.integer(.shutdownSeconds, in: 0...3600).map { .seconds($0) } ?? defaultShutdownTimeout
    }

    /// Reads `PORT`: 8080 if it is not set.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func port(_ environment: ConfigReader) throws(ConfigurationError) -> Int {
        try environment.integer(.port, in: 0...65535) ?? 8080
    }

    /// Reads `DOC_ONLY`: whether the service runs in documentation-only mode.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func documentationOnly(_ environment: ConfigReader) throws(ConfigurationError) -> Bool {
        guard let text = try environment.text(.documentationOnly) else { return false }
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return true
        case "false", "0", "no", "off", "f", "n": return false
        default:
            throw ConfigurationError(
                "\(EnvironmentVariable.documentationOnly.name) is '\(text)': it takes true or false")
        }
    }

    /// Runs the first code that connects to the database. If the database is unreachable, the error names the variable to check.
    ///
    /// - Throws: ``StartError``, and the errors of `connect`.
    public static func connecting<Value>(_ connect: () async throws -> Value) async throws -> Value {
        do {
            return try await connect()
        } catch let error as PostgresError {
            switch error {
            case .unreachable, .tooManyConnections:
                throw StartError("\(EnvironmentVariable.databaseConnectionString.name): \(error)")
            case .server where error.state?.concernsDefinitions == true:
                throw StartError("PostgreSQL refuses: \(error). docs/operating.md says which rights the role needs.")
            default: throw error
            }
        }
    }

    /// Reads only `HEKSHER_DB_CONNECTION_STRING`.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func database(_ environment: ConfigReader) throws(ConfigurationError) -> PostgresConfiguration {
        let name = EnvironmentVariable.databaseConnectionString.name
        guard let text = try environment.text(.databaseConnectionString) else {
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
