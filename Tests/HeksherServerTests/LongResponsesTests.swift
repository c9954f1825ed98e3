import Synchronization
import Testing

@testable import HeksherServer

@Suite struct LongResponsesTests {
    private final class Making: Sendable {
        let count = Mutex(0)
        let isReleased = Mutex(false)
    }

    @Test("A long response for which several requests wait is written once")
    func once() async {
        let answers = LongResponses()
        let making = Making()
        await withTaskGroup(of: Void.self) { group in
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            for _ in 0..<50 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        answers.answer(to: "a", in: 1) {
                            making.count.withLock { $0 += 1 }
                            // Until all the other requests wait.
                            while !making.isReleased.withLock(\.self) {}
                            return .none
                        } complete: { _ in
                            continuation.resume()
                        }
                        start.yield()
                    }
                }
            }
            var count = 0
            for await _ in started {
                count += 1
                if count == 50 { break }
            }
            #expect(making.count.withLock(\.self) <= 1)
            making.isReleased.withLock { $0 = true }
        }
        #expect(making.count.withLock(\.self) == 1)
        // Another snapshot gives another response.
        for snapshot in 2...3 {
            await withCheckedContinuation { continuation in
                answers.answer(to: "a", in: snapshot) {
                    making.count.withLock { $0 += 1 }
                    return .none
                } complete: { _ in
                    continuation.resume()
                }
            }
        }
        #expect(making.count.withLock(\.self) == 3)
    }
}
