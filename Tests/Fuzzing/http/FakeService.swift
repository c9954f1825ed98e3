import ContractJSON
import ContractRuntime
import DocumentationPages
import Foundation
import HeksherAPI
import Hummingbird
import HummingbirdCore
import LibPQ
import Logging
import NIOPosix

@testable import HTTPGuard
@testable import HeksherCatalog
@testable import HeksherDomain
@testable import HeksherServer
@testable import HeksherStore

/// The service with its listener and guard, on one event loop and without a database. It has a few settings that never
/// change.
struct FakeService {
    let path: String
    private let load: ServiceLoad

    /// Whether the service has no connection or request left.
    var isIdle: Bool { load.isNone }

    /// Starts the service on a socket of its own, and waits until it listens.
    init() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "fuzz-http-\(getpid()).socket").path()
        unlink(path)
        let limits = Self.limits
        let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
        let load = ServiceLoad(limits, logger, service: .heksher)
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql:///none?host=/nowhere", applicationName: "fuzz")
        let store = Store(PostgresPool(configuration: configuration))
        let queries = QueryResponder(catalog: SettingsCatalog(always: Self.snapshot), store: store)
        let handlers = FakeHandlers()
        let routes =
            API.routes(
                contextFeatures: handlers, settings: handlers, settingMetadata: handlers, rules: handlers,
                ruleMetadata: handlers, query: QueryHandler(store: store), evaluation: handlers, openFeature: handlers,
                push: handlers, service: handlers,
                security: AdmitsEverybody<Credentials>()
            ).map { route in
                var route = route
                if let operation = QueryOperation(id: route.operationID) {
                    route.respond = { try await queries.respond(to: $0, $1, operation) }
                }
                return route
            }
            + documentationRoutes(of: .heksher, nil) { pages in
                let home = HomePage(pages, needsToken: false)
                return { home.content(in: .healthy) }
            }
        let isRunning = DispatchSemaphore(value: 0)
        let application = Application(
            responder: ServiceResponder(
                routes, Observability(logger: logger), maximumBodySize: limits.bodySize, load),
            server: HTTPServerBuilder { responder in
                GuardedChannel(
                    base: QueryChannel(
                        responder: responder, configuration: limits.http, queries, answersQueries: true),
                    limits: limits, load: load, hosts: AllowedHosts(option: "HEKSHER_ALLOWED_HOSTS"), rootPath: nil)
            },
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path), serverName: "heksher"),
            onServerRunning: { _ in isRunning.signal() },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)), logger: logger)
        Task {
            do { try await application.run() } catch { fatalError("the service ended: \(error)") }
        }
        isRunning.wait()
        self.path = path
        self.load = load
    }

    /// Small limits, so that inputs reach them.
    private static var limits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.bodySize = 8 << 10
        limits.targetSize = 4 << 10
        limits.fieldSize = 4 << 10
        limits.fieldCount = 32
        return limits
    }

    private static var snapshot: Snapshot<QueryableSetting> {
        let features = ContextFeatureOrder(["environment", "theme"])
        let settings = ["a", "b.c"].map { name in
            let rules = [["theme": "dark"], ["environment": "test", "theme": "light"]].enumerated().map {
                id, conditions in
                Rule(
                    id: id + 1, setting: name, value: JSONValue(id),
                    conditions: conditions.sorted { $0.key < $1.key }.map {
                        Condition(feature: $0.key, value: $0.value)
                    },
                    metadata: ["owner": "me"])
            }
            let setting = QueriedSetting(
                name: name, defaultValue: 0, rules: rules, facts: .success(SettingFacts(type: .int)),
                scalarMetadata: .success([:]))
            return SnapshotSetting(
                key: SettingKey(name: name, aliases: [name + "_alias"]), entry: QueryableSetting(setting, features))
        }
        return Snapshot(Revision([], definitions: ""), features, settings)
    }
}
