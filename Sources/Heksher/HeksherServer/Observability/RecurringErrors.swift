import Synchronization

/// Errors that may occur thousands of times a second. The first one of a kind is reported at once, the next ones once a minute, with a
/// count.
final class RecurringErrors: Sendable {
    /// The report about a kind of error.
    struct Report: Equatable, Sendable {
        /// The number of errors since the last report, including this one.
        var count: Int
    }

    private struct Kind {
        var reported: ContinuousClock.Instant
        /// The number of errors since then.
        var count = 0
    }

    /// The number of kinds that are distinguished; all others count as one.
    private static let maximumKinds = 64

    private let interval: Duration
    private let kinds = Mutex<[String: Kind]>([:])

    init(interval: Duration = .seconds(60)) {
        self.interval = interval
    }

    /// Counts an error.
    ///
    /// - Returns: the report that is due now, if any.
    func occurred(_ kind: String) -> Report? {
        kinds.withLock { kinds in
            let now = ContinuousClock.now
            if kinds[kind] == nil, kinds.count >= Self.maximumKinds {
                kinds = kinds.filter { $0.value.count > 0 || now < $0.value.reported + interval }
            }
            let name = kinds[kind] != nil || kinds.count < Self.maximumKinds ? kind : ""
            guard let former = kinds[name] else {
                kinds[name] = Kind(reported: now)
                return Report(count: 1)
            }
            guard former.reported + interval <= now else {
                kinds[name]?.count += 1
                return nil
            }
            kinds[name] = Kind(reported: now)
            return Report(count: former.count + 1)
        }
    }

    /// The kinds of errors whose report is due, with their counts.
    func overdue() -> [(kind: String, report: Report)] {
        kinds.withLock { kinds in
            let now = ContinuousClock.now
            var overdue: [(kind: String, report: Report)] = []
            for (name, kind) in kinds where kind.count > 0 && kind.reported + interval <= now {
                overdue.append((name, Report(count: kind.count)))
                kinds[name] = Kind(reported: now)
            }
            return overdue
        }
    }
}
