import HeksherCatalog
import HeksherStore
import LibPQ
import Logging
import ServiceLifecycle
import Synchronization

/// Checks every few seconds whether the database responds and lets the service read, so that health checks need no statement of their own.
///
/// It has no connection of its own. It uses the one that queries from memory share, and then checks the rights that the service needs.
final class HealthMonitor: Service {
    private let catalog: SettingsCatalog
    private let store: Store
    private let observability: Observability
    private let interval: Duration
    /// The reason why the database does not respond, or its refusal.
    private let problem = Mutex<String?>(nil)

    /// Whether the service can answer queries, according to the last check and to later refusals by PostgreSQL.
    var databaseIsReachable: Bool { problem.withLock { $0 == nil } }

    init(catalog: SettingsCatalog, store: Store, observability: Observability, interval: Duration = .seconds(5)) {
        self.catalog = catalog
        self.store = store
        self.observability = observability
        self.interval = interval
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let next =
                    ContinuousClock.now + (self.databaseIsReachable ? self.interval : min(self.interval, .seconds(1)))
                await self.check()
                self.observability.flushRecurringErrors()
                try? await Task.sleep(until: next)
            }
        }
    }

    /// Records that PostgreSQL has refused to read something, until a check succeeds.
    func isRefusedToRead(_ error: PostgresError) {
        set("\(error)", "the service cannot read the database")
    }

    private func check() async {
        if let error = await catalog.reachabilityProblem() {
            // A check that is cancelled when the service ends has no result.
            if !Task.isCancelled { set("\(error)", "the database is away") }
            return
        }
        let refusal = await readingRefusal()
        guard !Task.isCancelled else { return }
        if let refusal {
            set("\(refusal)", "the service cannot read the database")
        } else if problem.withLock({ $0.take() }) != nil {
            observability.logger.notice("the database is back")
        }
    }

    /// PostgreSQL's refusal to read. A busy pool or a locked table does not count as a problem of the database.
    private func readingRefusal() async -> PostgresError? {
        await withTaskGroup(of: PostgresError?.self) { group in
            group.addTask { await self.store.readingRefusal() }
            group.addTask {
                try? await Task.sleep(for: .seconds(2))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private func set(_ problem: String, _ message: Logger.Message) {
        let former = self.problem.withLock { former in
            defer { former = problem }
            return former
        }
        if former == nil { observability.logger.warning(message, metadata: ["error": "\(problem)"]) }
    }
}
