import Synchronization
import Testing

@testable import HeksherSettings

/// Reading without a lock a state that another task replaces.
@Suite struct PublishedTests {
    /// A state that counts its living instances.
    private final class State: Sendable {
        private static let alive = Atomic(0)
        /// The number of living instances.
        static var count: Int { alive.load(ordering: .relaxed) }

        private let first: Atomic<Int>
        private let second: Atomic<Int>

        init(_ number: Int) {
            first = Atomic(number)
            second = Atomic(number)
            Self.alive.add(1, ordering: .relaxed)
        }

        deinit {
            first.store(-1, ordering: .relaxed)
            second.store(-2, ordering: .relaxed)
            Self.alive.subtract(1, ordering: .relaxed)
        }

        var isWhole: Bool { first.load(ordering: .relaxed) == second.load(ordering: .relaxed) }
        var number: Int { first.load(ordering: .relaxed) }
    }

    private final class Flag: Sendable {
        private let state = Atomic(false)
        var isSet: Bool { state.load(ordering: .relaxed) }
        func set() { state.store(true, ordering: .relaxed) }
    }

    @Test("Concurrent readers see complete states in order, and all states are freed in the end")
    func stress() async {
        do {
            let published = Published(State(0))
            let isDone = Flag()
            await withTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        var last = 0
                        while !isDone.isSet {
                            for _ in 0..<1000 {
                                let (isWhole, number) = published.read { ($0.isWhole, $0.number) }
                                #expect(isWhole)
                                #expect(number >= last)
                                last = number
                            }
                            await Task.yield()
                        }
                    }
                }
                group.addTask {
                    for number in 1...20_000 {
                        published.publish(State(number))
                        if number % 100 == 0 { await Task.yield() }
                    }
                    #expect(published.read { $0.number } == 20_000)
                    isDone.set()
                }
            }
            ReaderCensus.shared.reclaim()
            #expect(State.count == 1)
        }
        #expect(State.count == 0)
    }

    @Test("A state is freed only after its last reader has left")
    func held() {
        let census = ReaderCensus()
        let isFreed = Flag()
        let isNextFreed = Flag()
        let entry = census.enter()
        census.retire { isFreed.set() }
        for _ in 0..<5 {
            // A later reader reads another state.
            let later = census.enter()
            census.reclaim()
            census.leave(later)
        }
        #expect(!isFreed.isSet)
        census.leave(entry)
        // The next reader entered after the replacement, so it does not keep the first state.
        let later = census.enter()
        census.retire { isNextFreed.set() }
        #expect(isFreed.isSet && !isNextFreed.isSet)
        census.leave(later)
        census.reclaim()
        #expect(isNextFreed.isSet)
    }
}
