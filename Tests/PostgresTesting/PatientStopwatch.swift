import Synchronization

/// Measures time in sleeps of 10 ms. While the machine is too busy to run the tested code, the stopwatch does not
/// advance either.
///
/// So a test can distinguish an event that happens soon from one that happens too late or never, and does not fail
/// because other programs are busy. The stopwatch runs until it is released.
public final class PatientStopwatch: Sendable {
    private static let step = Duration.milliseconds(10)

    private final class Count: Sendable {
        let steps = Atomic(0)
    }

    private let count: Count
    private let counting: Task<Void, any Error>

    /// Starts the stopwatch.
    public init() {
        let count = Count()
        self.count = count
        counting = Task {
            while true {
                try await Task.sleep(for: Self.step)
                count.steps.add(1, ordering: .relaxed)
            }
        }
    }

    deinit { counting.cancel() }

    /// The time since the start, in completed steps. It is never longer than the real time.
    public var time: Duration { Self.step * count.steps.load(ordering: .relaxed) }

    /// Measures the time of a function.
    public static func measure(_ body: () async throws -> Void) async rethrows -> Duration {
        let stopwatch = PatientStopwatch()
        try await body()
        return stopwatch.time
    }
}
