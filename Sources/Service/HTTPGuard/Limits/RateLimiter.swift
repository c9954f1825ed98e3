import Synchronization

/// Limits an action to one execution in each interval.
package final class RateLimiter: Sendable {
    private let interval: Duration
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    package init(interval: Duration) {
        self.interval = interval
    }

    package func admitsNow() -> Bool {
        last.withLock { last in
            let now = ContinuousClock.now
            if let last, now - last < interval { return false }
            last = now
            return true
        }
    }
}
