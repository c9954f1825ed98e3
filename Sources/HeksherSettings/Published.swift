public import Synchronization

/// An immutable object that is read without a lock, by any thread at any time, and replaced as a whole.
///
/// A reader neither waits nor counts references to the object; what it pays are two additions to a counter that threads
/// seldom share, see ``ReaderCensus``.
///
/// Sendable although the compiler cannot see it: the reference is atomic, the object is Sendable itself, and it is released
/// when the census has shown that nobody reads it any more, or in `deinit`, when there are no readers, since they hold a
/// reference to this.
@usableFromInline final class Published<Object: AnyObject & Sendable>: @unchecked Sendable {
    /// Holds one count of the object's references.
    @usableFromInline let current: Atomic<Unmanaged<Object>>

    init(_ object: Object) {
        current = Atomic(.passRetained(object))
    }

    deinit {
        current.load(ordering: .sequentiallyConsistent).release()
    }

    /// Reads the object that was published last. `body` must be short and must not wait for anything: an object that was
    /// replaced lives on until it returns.
    @inlinable func read<Result>(_ body: (Object) -> Result) -> Result {
        let entry = ReaderCensus.shared.enter()
        defer { ReaderCensus.shared.leave(entry) }
        return current.load(ordering: .sequentiallyConsistent)._withUnsafeGuaranteedRef(body)
    }

    /// Replaces the object. Who begins to read after this has returned reads the new one.
    func publish(_ object: Object) {
        // Nobody else releases it, since nobody else has taken it out.
        let old = current.exchange(.passRetained(object), ordering: .sequentiallyConsistent)
        ReaderCensus.shared.retire { old.release() }
    }
}
