import Synchronization

/// Objects that live as long as a snapshot: things made from its entries that several requests use. Code that uses such an object again
/// keeps only a weak reference to it, so that no old snapshot's entries stay in memory.
public final class SnapshotCompanions: Sendable {
    private struct State {
        var objects: [any AnyObject & Sendable] = []
        var size = 0
    }

    /// The bytes of memory that the objects can take together. Beyond that, all are released.
    private static let maximumSize = 8 << 20

    private let state = Mutex(State())

    init() {}

    /// Keeps an object.
    ///
    /// - Parameter size: the approximate bytes of memory that it takes in addition to the snapshot's entries.
    public func keep(_ object: some AnyObject & Sendable, size: Int) {
        let dropped = state.withLock { state -> [any AnyObject & Sendable] in
            var dropped: [any AnyObject & Sendable] = []
            if state.size + size > Self.maximumSize { (dropped, state.objects, state.size) = (state.objects, [], 0) }
            state.objects.append(object)
            state.size += size
            return dropped
        }
        // Released outside the lock, because it takes a while.
        _ = dropped
    }
}
