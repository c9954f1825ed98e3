import HeksherAPI
public import HeksherStore
import HTTPTypes
import Hummingbird
public import Logging
import OpenAPIHummingbird
import OpenAPIRuntime
import Postgres
public import ServiceLifecycle

/// The service, assembled: the contract's routes on their handlers, the store on its pool, the health checks.
public struct HeksherApplication: Service {
    /// The version of the service.
    public static let version = "0.1.0"

    private let application: Application<ServiceResponder<BasicRequestContext>>
    private let store: Store

    /// - Parameters:
    ///   - onRunning: called with the port once requests are accepted.
    public init(
        _ configuration: ServiceConfiguration, logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        let store = Store(PostgresPool(configuration: configuration.database, size: configuration.poolSize))
        let health = HealthMonitor(store: store)
        let routes =
            API.routes(
                contextFeatures: ContextFeaturesHandler(store: store), settings: SettingsHandler(store: store),
                settingMetadata: SettingMetadataHandler(store: store), rules: RulesHandler(store: store),
                ruleMetadata: RuleMetadataHandler(store: store), query: QueryHandler(store: store),
                service: ServiceHandler(health: health)) + [documentRoute]
        self.store = store
        application = Application(
            responder: ServiceResponder(OpenAPIRuntime.Service(routes), answerError: answer),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: "heksher"),
            services: [health],
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? configuration.port) },
            logger: logger)
    }

    /// Serves until shut down gracefully or cancelled, then closes the connections to the database.
    ///
    /// - Throws: an error of the network, such as an address that is in use.
    public func run() async throws {
        do {
            try await application.run()
        } catch {
            store.close()
            throw error
        }
        store.close()
    }
}

/// `GET /openapi.json`
private let documentRoute = Route(
    "document", .get, [.literal("openapi.json")], readsBody: false,
    respond: { _, _ in ServerResponse(status: .ok, contentType: "application/json", body: documentBytes) })

private let documentBytes = API.documentJSON.withUTF8Buffer { Array($0) }
