import PosixSupport
import Synchronization

/// Detects when no thread can still be reading a replaced object.
///
/// Readers enter before they load a pointer, and leave when they no longer use the object. The thread that replaces the pointer passes a
/// function that disposes of the old object. The function runs once every counter has been seen at zero *after* that.
///
/// Why this is correct: entering, loading, exchanging and reading a counter are sequentially consistent, so there is one order of them all.
/// A reader that got the old pointer has loaded it before the exchange, and has entered before that. So a thread that reads the counter
/// after the exchange counts this reader, and sees zero only if the reader has left. Leaving releases what reading the counter acquires, so
/// all accesses to the old object are over. A reader that enters later gets the new pointer.
///
/// Why this always ends, although readers come and go: there are two sets of counters. Readers use one set, while the other one drains.
/// When it has, the sets change places.
///
/// If a thread was still reading, the object is checked again at the next call. So there are at most as many such objects as there were
/// replacements during a single read.
///
/// `@unchecked Sendable` is safe: the pointer never changes, it points to atomics, and they live as long as the process.
@usableFromInline final class ReaderCensus: @unchecked Sendable {
    @usableFromInline static let shared = ReaderCensus()

    /// The number of pairs of counters over which threads are spread. Each pair has its own cache line, so that two threads seldom write to
    /// the same one.
    private static let pairs = 64
    /// The number of counters that fit into memory that two processors never share; only the first two are used.
    private static let stride = 16

    private let counters: UnsafeMutablePointer<Atomic<Int>>
    /// The counter of each pair that readers use, 0 or 1.
    private let side = Atomic<Int>(0)
    private let retired = Mutex<[Retired]>([])

    private struct Retired {
        var dispose: @Sendable () -> Void
        /// The number of times that counters have drained, alternating between the sets.
        var droughts = 0
    }

    init() {
        let count = Self.pairs * Self.stride
        counters = .allocate(capacity: count)
        for index in 0..<count { (counters + index).initialize(to: Atomic(0)) }
    }

    /// - Returns: the argument for ``leave(_:)``.
    @usableFromInline func enter() -> Int {
        // Addresses of thread descriptors differ in few bits. After the multiplication, the upper six bits are well mixed.
        let pair = (UInt(pthread_self()) &* 0x9E37_79B9_7F4A_7C15) >> 58
        let index = Int(pair) * Self.stride + side.load(ordering: .relaxed)
        counters[index].wrappingAdd(1, ordering: .sequentiallyConsistent)
        return index
    }

    @usableFromInline func leave(_ entry: Int) {
        counters[entry].wrappingSubtract(1, ordering: .releasing)
    }

    /// Disposes of a replaced object once no thread reads it: immediately, or in a later call of this or of ``reclaim()``.
    func retire(_ dispose: @escaping @Sendable () -> Void) {
        retired.withLock { $0.append(Retired(dispose: dispose)) }
        reclaim()
    }

    /// Disposes of the remaining objects that no thread reads any longer.
    func reclaim() {
        let disposable = retired.withLock { retired in
            for _ in 0..<2 where !retired.isEmpty {
                let other = 1 - side.load(ordering: .relaxed)
                guard isDry(other) else { break }
                for index in retired.indices { retired[index].droughts += 1 }
                side.store(other, ordering: .relaxed)
            }
            let disposable = retired.filter { $0.droughts >= 2 }
            retired.removeAll { $0.droughts >= 2 }
            return disposable
        }
        for entry in disposable { entry.dispose() }
    }

    private func isDry(_ side: Int) -> Bool {
        for pair in 0..<Self.pairs
        where counters[pair * Self.stride + side].load(ordering: .sequentiallyConsistent) != 0 { return false }
        return true
    }
}
