import HeksherAPI
import HeksherStore
import Glibc
import HTTPTypes
import Hummingbird
public import Logging
import NIOCore
import OpenAPIHummingbird
import OpenAPIRuntime
import Postgres
public import ServiceLifecycle

/// The service, assembled: the contract's routes on their handlers, the store on its pool, the health checks.
public struct HeksherApplication: ServiceLifecycle.Service {
    /// The version of the service.
    public static let version = "0.1.0"

    /// What it answers.
    let routes: [Route]
    private let application: Application<APIResponder<BasicRequestContext>>
    private let store: Store
    /// Where it listens, for people.
    private let address: String

    /// - Parameters:
    ///   - onRunning: called with the port once requests are accepted.
    public init(
        _ configuration: ServiceConfiguration, logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        let store = Store(PostgresPool(configuration: configuration.database, size: configuration.poolSize))
        let health = HealthMonitor(store: store)
        routes =
            API.routes(
                contextFeatures: ContextFeaturesHandler(store: store), settings: SettingsHandler(store: store),
                settingMetadata: SettingMetadataHandler(store: store), rules: RulesHandler(store: store),
                ruleMetadata: RuleMetadataHandler(store: store), query: QueryHandler(store: store),
                service: ServiceHandler(health: health)) + [documentRoute]
        self.store = store
        address = "\(configuration.host):\(configuration.port)"
        application = Application(
            responder: APIResponder(routes, maximumBodySize: 8 << 20, answerError: answer),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: "heksher"),
            services: [health],
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? configuration.port) },
            logger: logger)
    }

    /// Serves until shut down gracefully or cancelled, then closes the connections to the database.
    ///
    /// - Throws: ``StartError``; `PostgresError` and `MigrationError` if the database cannot be used.
    public func run() async throws {
        defer { store.close() }
        guard try await store.pendingMigrations().isEmpty else {
            throw StartError("the database's schema is missing or older than this program: run 'heksher migrate' first")
        }
        do {
            try await application.run()
        } catch let error as IOError {
            let reason =
                error.errnoCode == EADDRINUSE ? "it is in use, and --port or PORT chooses another port" : "\(error)"
            throw StartError("cannot listen on \(address): \(reason)")
        } catch let error as SocketAddressError {
            throw StartError("cannot listen on \(address): \(error)")
        }
    }
}

/// Why the service does not start, as a sentence for an operator.
public struct StartError: Error, Hashable, CustomStringConvertible {
    public var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// `GET /openapi.json`
private let documentRoute = Route(
    "document", .get, [.literal("openapi.json")], readsBody: false,
    respond: { _, _ in ServerResponse(status: .ok, contentType: "application/json", body: documentBytes) })

private let documentBytes = API.documentJSON.withUTF8Buffer { Array($0) }
