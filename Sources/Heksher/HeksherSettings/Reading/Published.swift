public import Synchronization

/// An immutable object that any thread can read at any time without a lock, and that is replaced as a whole.
///
/// A reader neither waits nor counts references to the object. Its cost is two additions to a counter that threads seldom share, see
/// ``ReaderCensus``.
///
/// `@unchecked Sendable` is safe: the reference is atomic, and the object itself is Sendable. The object is released when the census has
/// shown that no thread reads it any longer, or in `deinit`, when there are no readers, because readers hold a reference to this.
@usableFromInline final class Published<Object: AnyObject & Sendable>: @unchecked Sendable {
    /// Owns one reference to the object.
    @usableFromInline let current: Atomic<Unmanaged<Object>>

    init(_ object: Object) {
        current = Atomic(.passRetained(object))
    }

    deinit {
        current.load(ordering: .sequentiallyConsistent).release()
    }

    /// Reads the object that was published last. `body` must be short and must not wait: an object that is replaced meanwhile lives until
    /// `body` returns.
    @inlinable func read<Result>(_ body: (Object) -> Result) -> Result {
        let entry = ReaderCensus.shared.enter()
        defer { ReaderCensus.shared.leave(entry) }
        return current.load(ordering: .sequentiallyConsistent)._withUnsafeGuaranteedRef(body)
    }

    /// Replaces the object. Readers that begin after this call has returned read the new object.
    func publish(_ object: Object) {
        // No other thread releases it, because no other thread has taken it out.
        let old = current.exchange(.passRetained(object), ordering: .sequentiallyConsistent)
        ReaderCensus.shared.retire { old.release() }
    }
}
