import HeksherStore
import Logging
import ServiceLifecycle
import Synchronization

/// Asks the database every few seconds whether it is there, so that no health check has to.
final class HealthMonitor: Service {
    private let store: Store
    private let logger: Logger
    private let interval: Duration
    private let reachable = Atomic(true)

    /// Whether the database answered at the last check.
    var databaseIsReachable: Bool { reachable.load(ordering: .relaxed) }

    init(store: Store, logger: Logger, interval: Duration = .seconds(5)) {
        self.store = store
        self.logger = logger
        self.interval = interval
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let next = ContinuousClock.now + self.interval
                await self.check()
                try? await Task.sleep(until: next)
            }
        }
    }

    private func check() async {
        let error = await store.reachabilityProblem()
        // A check that the service's end cuts off says nothing.
        guard !Task.isCancelled else { return }
        let wasReachable = reachable.exchange(error == nil, ordering: .relaxed)
        if let error, wasReachable {
            logger.warning("the database is away", metadata: ["error": "\(error)"])
        } else if error == nil, !wasReachable {
            logger.notice("the database is back")
        }
    }
}
