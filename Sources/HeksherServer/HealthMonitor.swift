import HeksherStore
import ServiceLifecycle
import Synchronization

/// Asks the database every few seconds whether it is there, so that no health check has to.
final class HealthMonitor: Service {
    private let store: Store
    private let interval: Duration
    private let reachable = Atomic(true)

    /// Whether the database answered at the last check.
    var databaseIsReachable: Bool { reachable.load(ordering: .relaxed) }

    init(store: Store, interval: Duration = .seconds(3)) {
        self.store = store
        self.interval = interval
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.check()
                try? await Task.sleep(for: self.interval)
            }
        }
    }

    private func check() async {
        let isReachable = await store.isReachable()
        reachable.store(isReachable, ordering: .relaxed)
    }
}
