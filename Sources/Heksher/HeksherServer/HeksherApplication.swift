import ContractHummingbird
import ContractRuntime
import DocumentationPages
import HTTPGuard
import HeksherAPI
import HeksherCatalog
import HeksherDomain
import HeksherStore
import Hummingbird
import HummingbirdCore
import LibPQ
public import Logging
import NIOCore
import PosixSupport
public import ServiceLifecycle

/// The assembled service: the contract's routes with their handlers, the store with its pool, the health checks.
public struct HeksherApplication: ServiceLifecycle.Service {
    /// The version of the service.
    public static let version = "0.1.0"

    /// The routes of the service.
    let routes: [Route]
    private let application: Application<ServiceResponder>
    private let catalog: SettingsCatalog
    private let hub: EventHub
    private let store: Store
    private let logger: Logger
    private let startupContextFeatures: StartupContextFeatures?
    /// The address on which the service listens, for people.
    private let address: ListeningAddress
    private let access: AccessControl?
    private let tls: TLSIdentity?
    private let work: WorkUnderWay

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
        let unreadable = UnreadableSettings { setting in
            logger.error(
                "a setting cannot be read: repair, delete or declare it; all others work",
                metadata: ["setting": "\(setting.name)", "reason": "\(setting.reason)"])
        }
        let feed = ChangeFeed<QueryableSetting>()
        let catalog = SettingsCatalog(
            Store(pool, unreadable: unreadable), configuration: configuration.database, feed: feed,
            onEvent: { log($0, logger) })
        let hub = EventHub(feed, catalog, limits)
        let store = Store(
            pool, limits: configuration.storage,
            onChange: { change in
                catalog.catchUp()
                Requester.log(change, logger)
            }, admits: SettingAccess.admits, isLimited: { AccessControl.principal?.prefixes != nil },
            unreadable: unreadable)
        let health = HealthMonitor(catalog: catalog, store: store, observability: observability)
        let access = configuration.access
        let flagContexts = FlagContext(targetingFeature: configuration.targetingFeature)
        let queries = QueryResponder(
            catalog: catalog, store: store, access: access, sharesWithPages: configuration.sharing != nil,
            contexts: flagContexts, rootPath: configuration.rootPath.prefix)
        let streams = EventStreams(hub: hub, catalog: catalog, store: store)
        let security: any SecurityHandler<Credentials> = access ?? AdmitsEverybody<Credentials>()
        let operations =
            API.routes(
                contextFeatures: ContextFeaturesHandler(store: store),
                settings: SettingsHandler(store: store, catalog: catalog),
                settingMetadata: SettingMetadataHandler(store: store), rules: RulesHandler(store: store),
                ruleMetadata: RuleMetadataHandler(store: store), query: QueryHandler(store: store),
                evaluation: EvaluationHandler(store: store, catalog: catalog),
                openFeature: OpenFeatureHandler(store: store, contexts: flagContexts, streams: streams),
                push: PushHandler(streams: streams), history: HistoryHandler(store: store),
                changes: ChangesHandler(store: store), document: DocumentHandler(store: store),
                service: ServiceHandler(health: health), security: security,
                interceptors: [SettingAccess(), ChangeAuthorship(), ProblemListing()]
            ).map { Self.route($0, queries) }
        let pages =
            operations
            + documentationRoutes(of: .heksher, configuration.renderers) { pages in
                let home = HomePage(pages, needsToken: access != nil)
                return { home.content(in: health.databaseIsReachable ? .healthy : .unhealthy) }
            }
        routes = configuration.rootPath.redirects + pages
        self.access = access
        self.tls = tls
        work = observability.work
        let caching = CachePolicy(asksForTokens: access != nil, sharesWithPages: configuration.sharing != nil)
        let refusals = access.map { [routes] _ in AccessRefusals(routes, caching) }
        let load = ServiceLoad(limits, logger, proxies: configuration.trustedProxies, service: .heksher)
        self.catalog = catalog
        self.hub = hub
        self.store = store
        self.logger = logger
        startupContextFeatures = configuration.startupContextFeatures
        address = configuration.listeningAddress
        let rootPath = configuration.rootPath.stripper(for: pages)
        application = Application(
            responder: ServiceResponder(
                routes, observability, maximumBodySize: limits.bodySize, load, sharing: configuration.sharing,
                proxies: configuration.trustedProxies, health: health,
                address: PublicAddress(
                    rootPath: configuration.rootPath, proxies: configuration.trustedProxies, isSecured: tls != nil),
                caching: caching),
            server: HTTPServerBuilder { responder in
                let channel = GuardedChannel(
                    // At log level debug, every request must be logged, so queries go through Hummingbird as well.
                    base: QueryChannel(
                        responder: responder, configuration: limits.http, queries, refusals: refusals,
                        answersQueries: logger.logLevel > .debug),
                    limits: limits, load: load, hosts: configuration.allowedHosts, rootPath: rootPath)
                return tls.map { SecuredChannel(base: channel, identity: $0, handshakeTime: limits.arrivalTime) }
                    ?? channel
            },
            configuration: ApplicationConfiguration(
                address: configuration.listeningAddress.bindAddress, serverName: "heksher"),
            services: [
                health, MemoryTrimming(load, dropUnused: queries.dropUnused), hub,
                HistoryRetention(store: store, days: configuration.historyDays, logger: logger),
                ScheduleRunner(store: store, logger: logger),
            ],
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? configuration.port) },
            logger: observability.quietLogger)
    }

    /// A route of the contract, changed where a typed handler is not enough.
    private static func route(_ route: Route, _ queries: QueryResponder) -> Route {
        var route = route
        if let operation = QueryOperation(id: route.operationID) {
            route.respond = { try await queries.respond(to: $0, $1, operation) }
        }
        return route.operationID == ExplainSetting.id ? route.compressing(queries.caching) : route
    }

    /// Reads the access file and the certificate again. If a file is wrong, nothing changes.
    public func reload(_ logger: Logger) {
        if access == nil, tls == nil { logger.notice("SIGHUP: there is no file to read again") }
        if let access {
            access.reload(logger)
            hub.review { access.isValid($0) }
        }
        tls?.reload(logger)
    }

    /// Serves until shut down gracefully or cancelled, then closes the connections to the database.
    ///
    /// - Throws: ``StartError``; `PostgresError` and `MigrationError` if the database cannot be used.
    public func run() async throws {
        defer {
            catalog.close()
            store.close()
        }
        // At this point, nothing needs to end gracefully.
        let isPrepared: Void? = try await cancelWhenGracefulShutdown {
            do {
                try await work.during("preparing the database", prepareDatabase)
            } catch let error as PostgresError where error == .cancelled {
                return nil
            }
        }
        guard isPrepared != nil else { return }
        // Loads the settings, so that even the first queries are answered from memory if there is little to read.
        catalog.current { _ in }
        // Otherwise the server would wait for the ends of streams that have none.
        try await withGracefulShutdownHandler {
            try await application.run(listeningOn: address)
        } onGracefulShutdown: {
            hub.end()
        }
    }

    /// Checks the schema, and adds the required context features.
    private func prepareDatabase() async throws {
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
                throw StartError("\(EnvironmentVariable.startupContextFeatures.name): \(error)")
            }
        }
        if let creators = try await store.creatorsBesideTables() {
            let roles = creators.roles.joined(separator: ", ")
            logger.warning(
                "other roles can create functions and operators in the schema of the tables, which can run with the rights of this service",
                metadata: ["remedy": "REVOKE CREATE ON SCHEMA \(creators.schema) FROM \(roles)"])
        }
    }
}

private func log(_ event: CatalogEvent, _ logger: Logger) {
    switch event {
    case .loading(let progress):
        logger.notice(
            "reading the settings into memory: \(progress.percent) %", metadata: ["settings": "\(progress.settings)"])
    case .loaded(let settings, let duration):
        // A slow load is logged at a higher level.
        logger.log(
            level: duration < .seconds(1) ? .debug : .notice, "queries are answered from memory",
            metadata: ["settings": "\(settings)", "reading_took": "\(duration)"])
    case .blind(let reason):
        logger.warning(
            "queries read the tables, because the database does not report every change",
            metadata: ["reason": "\(reason)"])
    case .seeing: logger.notice("the database reports every change again")
    case .altered:
        logger.notice("everything is read again, since tables, triggers or functions of the database were altered")
    }
}

extension Application {
    /// - Throws: ``StartError`` if it cannot listen.
    func run(listeningOn address: ListeningAddress) async throws {
        try address.check()
        do {
            try await run()
            address.cleanUp()
        } catch let error as IOError {
            let reason =
                switch error.errnoCode {
                case EADDRINUSE: "it is in use; choose another port with --port or PORT, such as PORT=8090"
                case EADDRNOTAVAIL: "this machine has no such address"
                case EACCES: "the user of this process does not have the right to do so"
                default: String(cString: strerror(error.errnoCode))
                }
            throw StartError("cannot listen on \(address.description): \(reason)")
        } catch let error as SocketAddressError {
            throw StartError("cannot listen on \(address.description): \(error)")
        }
    }
}

/// The reason why the service does not start, as a sentence for an operator.
public struct StartError: Error, Hashable, CustomStringConvertible {
    /// The sentence.
    public var description: String

    /// Creates an error with a sentence for an operator.
    public init(_ description: String) {
        self.description = description
    }
}
