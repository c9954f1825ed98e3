import Glibc
import HeksherAPI
import HeksherDomain
import HeksherStore
import Hummingbird
import HummingbirdCore
import Logging
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
    private let application: Application<ServiceResponder>
    private let catalog: SettingsCatalog
    private let store: Store
    private let healthStore: Store
    private let startupContextFeatures: StartupContextFeatures?
    /// Where it listens, for people.
    private let address: String

    /// - Parameters:
    ///   - onRunning: called with the port once requests are accepted.
    public init(
        _ configuration: ServiceConfiguration, _ observability: Observability,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        let logger = observability.logger
        let limits = configuration.limits
        let tls = configuration.tls
        let pool = PostgresPool(configuration: configuration.database, size: configuration.poolSize)
        let catalog = SettingsCatalog(
            Store(pool), configuration: configuration.database, onEvent: { log($0, logger) })
        let store = Store(
            pool,
            onChange: { change in
                catalog.catchUp()
                Requester.log(change, logger)
            }, admits: SettingAccess.admits)
        // A connection of its own, so that a service that is merely busy is not taken for one without a database.
        let healthStore = Store(
            PostgresPool(configuration: configuration.database, size: 1, statementTimeout: .seconds(2)))
        let health = HealthMonitor(store: healthStore, logger: logger)
        let access = configuration.access
        let queries = QueryAnswerer(
            catalog: catalog, handler: QueryHandler(store: store), access: access,
            sharesWithPages: configuration.sharing != nil)
        let security: any SecurityHandler<Credentials> = access ?? AdmitsEverybody<Credentials>()
        routes =
            API.routes(
                contextFeatures: ContextFeaturesHandler(store: store), settings: SettingsHandler(store: store),
                settingMetadata: SettingMetadataHandler(store: store), rules: RulesHandler(store: store),
                ruleMetadata: RuleMetadataHandler(store: store), query: QueryHandler(store: store),
                service: ServiceHandler(health: health), security: security
            ).map { SettingAccess.limiting(Self.route($0, queries)) } + documentationRoutes(configuration.renderers)
        self.catalog = catalog
        self.store = store
        self.healthStore = healthStore
        startupContextFeatures = configuration.startupContextFeatures
        address = "\(configuration.host):\(configuration.port)"
        application = Application(
            responder: ServiceResponder(
                routes, observability, maximumBodySize: limits.bodySize, sharing: configuration.sharing),
            server: HTTPServerBuilder { responder in
                let channel = GuardedChannel(
                    // Whoever wants to see every request sees those that take the short way too, by the long one.
                    base: QueryChannel(
                        responder: responder, configuration: limits.http, queries,
                        answersQueries: logger.logLevel > .debug),
                    limits: limits, load: ServiceLoad(limits, logger))
                return tls.map { SecuredChannel(base: channel, identity: $0, handshakeTime: limits.arrivalTime) }
                    ?? channel
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: "heksher"),
            services: [health] + Reloading.service(access, tls, logger),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? configuration.port) },
            logger: observability.quietLogger)
    }

    /// A route as the contract makes it, but for what a typed handler cannot do.
    private static func route(_ route: Route, _ queries: QueryAnswerer) -> Route {
        var route = route
        switch route.operationID {
        case "queryRules": route.respond = queries.respond
        case "declareSetting": return route.listingAllProblems { DeclareSetting.Input($0, $1, &$2) != nil }
        case "changeSettingType": return route.listingAllProblems { ChangeSettingType.Input($0, $1, &$2) != nil }
        default: break
        }
        return route
    }

    /// Serves until shut down gracefully or cancelled, then closes the connections to the database.
    ///
    /// - Throws: ``StartError``; `PostgresError` and `MigrationError` if the database cannot be used.
    public func run() async throws {
        defer {
            catalog.close()
            store.close()
            healthStore.close()
        }
        switch try await ServiceConfiguration.connecting({ try await store.schemaState() }) {
        case .upToDate: break
        case .missing: throw StartError("the database has no schema yet: run 'heksher migrate' first")
        case .outdated:
            throw StartError("the database's schema is older than this program: run 'heksher migrate' first")
        case .original:
            throw StartError(
                "the database is the original service's: run 'heksher migrate' first, which takes it over and keeps its "
                    + "data")
        }
        if let startupContextFeatures {
            do {
                try await store.ensureContextFeatures(startupContextFeatures)
            } catch let error as StartupContextFeaturesError {
                throw StartError("HEKSHER_STARTUP_CONTEXT_FEATURES: \(error)")
            }
        }
        // So that even the first queries are answered from memory, if there is not much to read.
        catalog.current { _ in }
        try await application.run(listeningOn: address)
    }
}

private func log(_ event: CatalogEvent, _ logger: Logger) {
    switch event {
    case .loaded(let settings, let duration):
        // What is slow is worth a line.
        logger.log(
            level: duration < .seconds(1) ? .debug : .notice, "queries are answered from memory",
            metadata: ["settings": "\(settings)", "reading_took": "\(duration)"])
    case .blind:
        logger.warning(
            "queries read the tables: the database does not tell of changes, since triggers are missing or not always enabled"
        )
    case .seeing: logger.notice("the database tells of changes again")
    }
}

extension Application {
    /// - Throws: ``StartError`` if it cannot listen.
    func run(listeningOn address: String) async throws {
        do {
            try await run()
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
