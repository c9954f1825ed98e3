import ArgumentParser
import Configuration
import FoundationEssentials
import HeksherServer
import Logging
import PosixSupport
import ServiceLifecycle

struct Serve: ServiceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the HTTP API.",
        discussion: """
            The database's schema must be there: 'heksher migrate' makes it. SIGTERM and SIGINT (Ctrl-C) end the service \
            once the requests under way are answered, within HEKSHER_SHUTDOWN_SECONDS; a second Ctrl-C ends it at once. \
            SIGHUP reads the access file and the certificate again.

            \(EnvironmentVariable.help(for: .serve))
            """)

    @OptionGroup var address: Address

    func run() async throws {
        let format: LoggingConfiguration.Format = isatty(STDERR_FILENO) == 1 ? .text : .json
        guard try !ServiceConfiguration.documentationOnly(.environment) else {
            return try await serveDocumentation(format)
        }
        let configuration = try ServiceConfiguration(
            .environment, host: address.host, port: address.port, unixSocket: address.unixSocket, logFormat: format)
        try await serve(configuration)
    }

    private func serveDocumentation(_ format: LoggingConfiguration.Format) async throws {
        let place = try ServiceConfiguration.listeningAddress(
            .environment, host: address.host, port: address.port, unixSocket: address.unixSocket)
        let configuration = try DocumentationConfiguration(.environment, address: place, logFormat: format)
        let observability = Observability(configuration.logging, sentry: nil, work: ServiceProcess.current.work)
        let lines = try configuration.startReport(.environment)
        let application = DocumentationApplication(configuration, observability) { port in
            let announcement = configuration.address.announcement(scheme: configuration.scheme, port: port)
            announce(announcement, lines, observability.logger)
        }
        ServiceProcess.current.set(observability, reload: application.reload)
        try await heksher.run(application, observability)
    }
}

/// The address on which to listen.
struct Address: ParsableArguments {
    @Option(
        help:
            "The address to listen on; '*' stands for all, IPv4 and IPv6. (default: HEKSHER_HOST of the environment, else 127.0.0.1)"
    )
    var host: String?

    @Option(help: "The port to listen on; 0 takes a free one. (default: PORT of the environment, else 8080)")
    var port: Int?

    @Option(
        help: "The unix socket to listen on instead of a port. (default: HEKSHER_UNIX_SOCKET of the environment)")
    var unixSocket: String?

    func validate() throws {
        if let port, !(0...65535).contains(port) {
            throw ValidationError("\(port) is not a port: a port is a number from 0 to 65535")
        }
        if let unixSocket, host != nil || port != nil || unixSocket.isEmpty {
            throw ValidationError("--unix-socket takes a path, and does not go together with --host or --port")
        }
        if let host, host.trimmingPrefix(while: \.isWhitespace).isEmpty {
            throw ValidationError("--host takes an address")
        }
    }
}

/// Serves until a signal ends the process.
///
/// - Parameter pages: prints where the pages are, once the service listens. It gets the address of the service.
func serve(_ configuration: ServiceConfiguration, pages: @escaping @Sendable (String) -> Void = { _ in }) async throws {
    let observability = Observability(
        configuration.logging, sentry: configuration.sentry, work: ServiceProcess.current.work)
    let lines = try configuration.startReport(.environment)
    let application = HeksherApplication(configuration, observability) { port in
        let announcement = configuration.listeningAddress.announcement(scheme: configuration.scheme, port: port)
        announce(announcement, lines, observability.logger)
        if case .network(let host, _) = configuration.listeningAddress {
            // A browser on this machine cannot open the address that stands for all.
            let name = ["*", "0.0.0.0", "::", "[::]"].contains(host) ? "127.0.0.1" : ListeningAddress.bracketed(host)
            pages("\(configuration.scheme)://\(name):\(port)")
        }
    }
    ServiceProcess.current.set(observability, reload: application.reload)
    try await run(application, observability)
}

/// Logs for the operator that the service runs, its configuration, and the variables that have no effect.
private func announce(_ announcement: String, _ configuration: [String], _ logger: Logger) {
    for warning in UnreadVariables.warnings(ProcessInfo.processInfo.environment) { logger.warning("\(warning)") }
    for line in configuration { logger.notice("\(line)") }
    logger.notice("Heksher \(HeksherApplication.version) \(announcement)")
}

/// Runs an application until a signal ends it and the work in progress is done or has timed out.
private func run(_ application: any Service, _ observability: Observability) async throws {
    let stoppable = StoppableService(ServiceGroup(services: [application], logger: silent))
    // Services end in the reverse order, and gracefully however the application ends, so that its last log lines are sent.
    let services = observability.services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
    let last = ServiceGroupConfiguration.ServiceConfiguration(
        service: stoppable, successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .gracefullyShutdownGroup)
    try await ServiceGroup(configuration: ServiceGroupConfiguration(services: services + [last], logger: silent)).run()
}

/// A group of services that signals end: gracefully, or at once after the timeout.
private struct StoppableService: Service {
    private let group: ServiceGroup

    init(_ group: ServiceGroup) {
        self.group = group
    }

    func run() async throws {
        let (process, group) = (ServiceProcess.current, group)
        let running = Task { try await group.run() }
        process.set(
            shutDown: {
                _ = process.work.begin("the end of the HTTP server")
                Task { await group.triggerGracefulShutdown() }
            }, cancel: { running.cancel() })
        do {
            try await withTaskCancellationHandler {
                try await running.value
            } onCancel: {
                running.cancel()
            }
        } catch is CancellationError where process.isEnding {}
    }
}

private let silent = Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
