import ArgumentParser
import Configuration
import Glibc
import HeksherServer
import Logging
import ServiceLifecycle
import Synchronization

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the HTTP API.",
        discussion: """
            The database's schema must be there: 'heksher migrate' makes it. SIGTERM and SIGINT (Ctrl-C) end the service \
            once the requests under way are answered.

            ENVIRONMENT
              HEKSHER_DB_CONNECTION_STRING
                The database, as postgresql://user:password@host:port/dbname. Required.
              HEKSHER_DB_POOL_SIZE
                How many connections to it there may be, besides one for the
                health check. (default: 8)
              HEKSHER_STARTUP_CONTEXT_FEATURES
                The context features there have to be, as in
                'environment;tenant;user'. What is missing is added in its place;
                the stored ones must be among them in the same order.
              HEKSHER_SHUTDOWN_SECONDS
                How long requests under way may take after SIGTERM. (default: 10)
              HEKSHER_MAX_BODY_BYTES
                How long the body of a request may be. (default: 1048576)
              HEKSHER_MAX_CONNECTIONS
                How many connections there may be at a time. (default: 20000, or
                what 'ulimit -Hn' allows)
              HEKSHER_MAX_REQUESTS_IN_FLIGHT
                How many requests may wait for their answer at a time; who comes
                then is told to try again. (default: 10000)
              HEKSHER_IDLE_SECONDS
                After how long a connection is closed on which nothing is asked.
                (default: 75)
              HEKSHER_ACCESS_FILE
                The tokens that may use the service, each with what for; 'heksher
                token new' makes lines of it. Without it everybody may do
                everything. SIGHUP reads it again.
              HEKSHER_TLS_CERTIFICATE, HEKSHER_TLS_KEY
                Files in PEM: the certificate with those that it depends on, and
                its key. The service then speaks HTTPS. SIGHUP reads them again.
              HEKSHER_CORS_ORIGINS
                Which pages elsewhere may use the service from a browser, as in
                'https://admin.example.com,https://other.example.com'.
              PORT
                The port to listen on, unless --port is given. (default: 8080)
              HEKSHER_LOG_FORMAT
                json or text. (default: text on a terminal, else json)
              HEKSHER_LOG_LEVEL
                trace, debug, info, notice, warning, error or critical. Changes
                made through the API are logged at info. (default: info)
              HEKSHER_LOGSTASH_HOST, HEKSHER_LOGSTASH_PORT
                Where log records are sent too, as lines of JSON over TCP.
              HEKSHER_LOGSTASH_LEVEL
                From which level on, by name or by Python's number. (default: info)
              HEKSHER_LOGSTASH_TAGS
                Further members of each record, as in 'team:core region:eu'.
              SENTRY_DSN
                Where errors that nobody expected are reported, as in
                'https://key@host/project'.
              HEKSHER_PAGES_DIR
                Where Swagger UI and Redoc are, as 'make pages' prepares them.
                (default: ../share/heksher/pages from the program, else .pages)
              DOC_ONLY
                'true' shows the documentation alone: nothing is connected to, and
                no other variable is needed.
            """)

    @OptionGroup var address: Address

    func run() async throws {
        let format: LoggingConfiguration.Format = isatty(STDERR_FILENO) == 1 ? .text : .json
        guard try !ServiceConfiguration.documentationOnly(.environment) else {
            return try await serveDocumentation(format)
        }
        let configuration = try ServiceConfiguration(
            .environment, host: address.host, port: address.port, logFormat: format)
        try await serve(configuration)
    }

    private func serveDocumentation(_ format: LoggingConfiguration.Format) async throws {
        let host = address.host ?? "127.0.0.1"
        let port = try address.port ?? ServiceConfiguration.port(.environment)
        let logging = try LoggingConfiguration(.environment, defaultFormat: format, staysHere: true)
        let observability = Observability(logging, sentry: nil)
        let application = DocumentationApplication(
            host: host, port: port, limits: try ConnectionLimits(.environment),
            renderers: try Renderers.find(.environment), observability
        ) { port in
            announce(host, port, observability)
        }
        try await heksher.run(application, observability, shutdownTimeout: .seconds(10))
    }
}

/// Where to listen.
struct Address: ParsableArguments {
    @Option(help: "The address to listen on. (default: 127.0.0.1; 0.0.0.0 listens on all)")
    var host: String?

    @Option(help: "The port to listen on; 0 takes a free one. (default: PORT of the environment, else 8080)")
    var port: Int?

    func validate() throws {
        if let port, !(0...65535).contains(port) {
            throw ValidationError("\(port) is no port: ports are from 0 to 65535")
        }
    }
}

extension ConfigReader {
    /// The process's environment variables.
    static var environment: ConfigReader { ConfigReader(provider: EnvironmentVariablesProvider()) }
}

/// Serves until a signal asks to stop.
func serve(_ configuration: ServiceConfiguration) async throws {
    let observability = Observability(configuration.logging, sentry: configuration.sentry)
    let application = HeksherApplication(configuration, observability) { port in
        announce(configuration.host, port, observability, scheme: configuration.scheme)
    }
    try await run(application, observability, shutdownTimeout: configuration.shutdownTimeout)
}

private func announce(_ host: String, _ port: Int, _ observability: Observability, scheme: String = "http") {
    observability.logger.notice("Heksher \(HeksherApplication.version) serves at \(scheme)://\(host):\(port)")
}

/// Runs an application until a signal asks to stop, and what is under way is done or has had its time.
private func run(
    _ application: any Service, _ observability: Observability, shutdownTimeout: Duration
) async throws {
    let bounded = BoundedService(service: application, logger: observability.logger, shutdownTimeout: shutdownTimeout)
    // Services end in the reverse order, and gracefully however the application ends, so that what it says last is sent.
    let services = observability.services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
    let last = ServiceGroupConfiguration.ServiceConfiguration(
        service: bounded, successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .gracefullyShutdownGroup)
    try await ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: services + [last], gracefulShutdownSignals: [.sigterm, .sigint], logger: silent)
    ).run()
}

/// A service whose graceful shutdown may take a certain time, after which it is cut off.
private struct BoundedService: Service {
    var service: any Service
    var logger: Logger
    var shutdownTimeout: Duration

    func run() async throws {
        var configuration = ServiceGroupConfiguration(services: [service], logger: silent)
        configuration.maximumGracefulShutdownDuration = shutdownTimeout
        let group = ServiceGroup(configuration: configuration)
        let end = End()
        do {
            try await withGracefulShutdownHandler {
                try await group.run()
            } onGracefulShutdown: {
                end.begin()
            }
        } catch is CancellationError {}
        if let duration = end.duration, duration >= shutdownTimeout {
            logger.warning("requests under way were cut off", metadata: ["after": "\(shutdownTimeout)"])
        }
    }

    /// Since when the service is ending.
    private final class End: Sendable {
        private let start = Mutex<ContinuousClock.Instant?>(nil)

        var duration: Duration? { start.withLock { $0.map { .now - $0 } } }

        func begin() { start.withLock { $0 = .now } }
    }
}

private let silent = Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
