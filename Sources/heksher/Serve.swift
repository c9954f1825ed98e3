import ArgumentParser
import Configuration
import HeksherServer
import Logging
import ServiceLifecycle

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
                How many connections to it there may be. (default: 8)
              PORT
                The port to listen on, unless --port is given. (default: 8080)
            """)

    @OptionGroup var address: Address

    func run() async throws {
        let configuration = try ServiceConfiguration(.environment, host: address.host, port: address.port)
        try await serve(configuration)
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
    var logger = Logger(label: "heksher")
    logger.logLevel = .notice
    let application = HeksherApplication(configuration, logger: logger) { port in
        say("Heksher \(HeksherApplication.version) serves at http://\(configuration.host):\(port)")
    }
    let group = ServiceGroup(services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    try await group.run()
}
