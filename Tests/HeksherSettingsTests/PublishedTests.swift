import Synchronization
import Testing

@testable import HeksherSettings

/// Reading without a lock what others replace.
@Suite struct PublishedTests {
    /// A state that tells when it is freed, and shows whether it has been.
    private final class State: Sendable {
        private static let alive = Atomic(0)
        /// How many there are.
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

    @Test("Readers find a whole state, never an older one than before, and nothing is left over in the end")
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

    @Test("What is being read is not freed, and is freed when it is read no more")
    func held() {
        let census = ReaderCensus()
        let isFreed = Flag()
        let isNextFreed = Flag()
        let entry = census.enter()
        census.retire { isFreed.set() }
        for _ in 0..<5 {
            // Those who come later go on reading something else.
            let later = census.enter()
            census.reclaim()
            census.leave(later)
        }
        #expect(!isFreed.isSet)
        census.leave(entry)
        // Although there is always somebody who reads: he did not enter before this was replaced.
        let later = census.enter()
        census.retire { isNextFreed.set() }
        #expect(isFreed.isSet && !isNextFreed.isSet)
        census.leave(later)
        census.reclaim()
        #expect(isNextFreed.isSet)
    }
}
