import Glibc
import Synchronization

/// Knows when nobody can be reading any more what has been replaced.
///
/// Readers enter before they load a pointer, and leave when they are done with what it points to. Who replaces the pointer
/// hands in what is to be done with the old one, which is done once every counter has been seen at zero *after* that.
///
/// Why that is right: entering, loading, exchanging and looking at a counter are sequentially consistent, so there is one
/// order of them all. A reader that got the old pointer has loaded it before the exchange, and has entered before. Whoever
/// looks at its counter after the exchange therefore counts it in, and finds zero only if it has left; leaving releases what
/// looking acquires, so that all it did with the old pointer is past. A reader that enters later gets the new pointer.
///
/// Why that is not postponed forever by readers that come and go: there are two sets of counters, of which readers use the
/// one and leave the other to run dry. When it has, they change places.
///
/// What is left over because somebody was reading is looked at again at the next occasion. So there is no more of it than
/// there were replacements while a single read went on.
///
/// Sendable although the compiler cannot see it: the pointer never changes, what it points to are atomics, and they live as
/// long as the process.
@usableFromInline final class ReaderCensus: @unchecked Sendable {
    @usableFromInline static let shared = ReaderCensus()

    /// Threads are spread over so many pairs of counters, each in a cache line of its own, so that two of them seldom
    /// write to the same.
    private static let pairs = 64
    /// How many counters fit where two processors never disturb each other, of which the first two are used.
    private static let stride = 16

    private let counters: UnsafeMutablePointer<Atomic<Int>>
    /// Which of each two counters readers use, 0 or 1.
    private let side = Atomic<Int>(0)
    private let retired = Mutex<[Retired]>([])

    private struct Retired {
        var dispose: @Sendable () -> Void
        /// How often counters have run dry since, the one set and the other in turn.
        var droughts = 0
    }

    init() {
        let count = Self.pairs * Self.stride
        counters = .allocate(capacity: count)
        for index in 0..<count { (counters + index).initialize(to: Atomic(0)) }
    }

    /// - Returns: what to give to ``leave(_:)``.
    @usableFromInline func enter() -> Int {
        // Descriptors of threads lie at addresses that differ in few bits; multiplied, the upper six are well mixed.
        let pair = (UInt(pthread_self()) &* 0x9E37_79B9_7F4A_7C15) >> 58
        let index = Int(pair) * Self.stride + side.load(ordering: .relaxed)
        counters[index].wrappingAdd(1, ordering: .sequentiallyConsistent)
        return index
    }

    @usableFromInline func leave(_ entry: Int) {
        counters[entry].wrappingSubtract(1, ordering: .releasing)
    }

    /// Does away with what was replaced once nobody reads it: at once, or at a later call of this or of ``reclaim()``.
    func retire(_ dispose: @escaping @Sendable () -> Void) {
        retired.withLock { $0.append(Retired(dispose: dispose)) }
        reclaim()
    }

    /// Does away with what has been left over and is read no more.
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
