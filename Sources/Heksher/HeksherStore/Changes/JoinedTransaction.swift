import LibPQ
import Synchronization

/// A transaction that several operations of a store belong to, one after the other.
final class JoinedTransaction: Sendable {
    private struct State {
        var growth = StorageUsage()
        var changes: [CommittedChange] = []
    }

    let transaction: Transaction
    private let state = Mutex(State())

    init(_ transaction: Transaction) {
        self.transaction = transaction
    }

    /// Counts data that the ``StorageMeter`` has counted already, so that it can forget them if the transaction is rolled back.
    func add(_ growth: StorageUsage) {
        state.withLock { $0.growth = $0.growth + growth }
    }

    /// Keeps a change, to be reported after the commit.
    func add(_ change: CommittedChange) {
        state.withLock { $0.changes.append(change) }
    }

    /// The growth of the stored data.
    var growth: StorageUsage { state.withLock(\.growth) }

    /// The changes.
    var changes: [CommittedChange] { state.withLock(\.changes) }
}
