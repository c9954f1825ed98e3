import Synchronization

/// Measures time in sleeps of 10 ms: on a machine that has no time for what is tested it stands still as well.
///
/// So it tells what happens soon from what happens too late, or never, and does not fail because somebody else is busy. It
/// goes on until it is gone.
public final class PatientStopwatch: Sendable {
    private static let step = Duration.milliseconds(10)

    private final class Count: Sendable {
        let steps = Atomic(0)
    }

    private let count: Count
    private let counting: Task<Void, any Error>

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

    /// How long it has been there, at most.
    public var time: Duration { Self.step * count.steps.load(ordering: .relaxed) }

    /// Measures how long something takes.
    public static func measure(_ body: () async throws -> Void) async rethrows -> Duration {
        let stopwatch = PatientStopwatch()
        try await body()
        return stopwatch.time
    }
}
