import HeksherStore
import Synchronization

/// Makes a response that takes long once for all requests that wait for it, so that its bytes are in memory once.
final class LongResponses: Sendable {
    private struct Key: Hashable {
        let target: String
        let snapshotID: Int
    }

    typealias Complete = @Sendable (QueryResponder.Found) -> Void

    private let waiting = Mutex<[Key: [Complete]]>([:])

    /// Makes the response on the threads of ``LongWork``, unless it is already being made.
    ///
    /// - Parameters:
    ///   - target: the path with the query, as sent.
    ///   - snapshotID: the snapshot from which the response is made.
    ///   - complete: called once, on any thread.
    func answer(
        to target: String, in snapshotID: Int, _ make: @escaping @Sendable () -> QueryResponder.Found,
        complete: @escaping Complete
    ) {
        let key = Key(target: target, snapshotID: snapshotID)
        let isFirst = waiting.withLock { waiting in
            waiting[key, default: []].append(complete)
            return waiting[key]?.count == 1
        }
        guard isFirst else { return }
        Task(executorPreference: LongWork.executor) {
            let found = make()
            let completions = self.waiting.withLock { $0.removeValue(forKey: key) } ?? []
            for complete in completions { complete(found) }
        }
    }
}
