import Foundation
import HeksherAPI
import Hummingbird
import HummingbirdCore
import JSON
import Logging
import NIOPosix
import OpenAPIRuntime
import Postgres

@testable import HeksherDomain
@testable import HeksherServer
@testable import HeksherStore

/// The service as it listens and answers, on one event loop and without a database: its settings are a few that never change.
struct FakeService {
    let path: String
    private let load: ServiceLoad

    /// Whether nobody takes anything of it.
    var isIdle: Bool { load.isNone }

    /// Starts it on a socket of its own, and waits until it listens.
    init() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "fuzz-http-\(getpid()).socket").path()
        unlink(path)
        let limits = Self.limits
        let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
        let load = ServiceLoad(limits, logger)
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql:///none?host=/nowhere", applicationName: "fuzz")
        let queries = QueryAnswerer(
            catalog: SettingsCatalog(always: Self.snapshot),
            handler: QueryHandler(store: Store(PostgresPool(configuration: configuration))))
        let handlers = FakeHandlers()
        let routes =
            API.routes(
                contextFeatures: handlers, settings: handlers, settingMetadata: handlers, rules: handlers,
                ruleMetadata: handlers, query: queries.handler, service: handlers,
                security: AdmitsEverybody<Credentials>()
            ).map { route in
                var route = route
                if route.operationID == "queryRules" { route.respond = queries.respond }
                return route
            } + documentationRoutes(nil)
        let isRunning = DispatchSemaphore(value: 0)
        let application = Application(
            responder: ServiceResponder(
                routes, Observability(logger: logger), maximumBodySize: limits.bodySize),
            server: HTTPServerBuilder { responder in
                GuardedChannel(
                    base: QueryChannel(
                        responder: responder, configuration: limits.http, queries, answersQueries: true),
                    limits: limits, load: load)
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

    /// Small, so that they are met.
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
            let setting = QueriedSetting(name: name, defaultValue: 0, rules: rules)
            return (
                key: SnapshotKey(name: name, aliases: [name + "_alias"]), entry: QueryableSetting(setting, features)
            )
        }
        return Snapshot(Revision([], triggers: ""), features, settings)
    }
}
