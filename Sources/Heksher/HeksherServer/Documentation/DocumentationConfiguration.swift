public import Configuration
public import DocumentationPages
public import HTTPGuard

/// The operator's settings for the documentation-only mode. Variables without a meaning in this mode are not read, so that errors in them
/// do not keep it from starting.
public struct DocumentationConfiguration: Sendable {
    /// The address on which the service listens.
    public var address: ListeningAddress
    /// The limits on connections and requests.
    public var limits: ConnectionLimits
    var tls: TLSIdentity?
    var allowedHosts: AllowedHosts
    var rootPath: RootPath
    var trustedProxies: TrustedProxies
    /// Without them, the pages describe how to get them.
    public var renderers: Renderers?
    /// The destinations of log records.
    public var logging: LoggingConfiguration

    /// The scheme of the service's address.
    public var scheme: String { tls == nil ? "http" : "https" }

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - address: the address on which the service listens.
    ///   - logFormat: the format if `HEKSHER_LOG_FORMAT` is not set.
    /// - Throws: ``ConfigurationError``.
    public init(
        _ environment: ConfigReader, address: ListeningAddress, logFormat: LoggingConfiguration.Format
    ) throws(ConfigurationError) {
        self.address = address
        limits = try ConnectionLimits(environment)
        tls = try TLSIdentity(environment)
        allowedHosts = try AllowedHosts(environment)
        rootPath = try RootPath(environment)
        trustedProxies = try TrustedProxies(environment)
        renderers = try Renderers.find(environment)
        logging = try LoggingConfiguration(environment, defaultFormat: logFormat, staysHere: true)
        _ = try ServiceConfiguration.shutdownTimeout(environment)
    }
}
