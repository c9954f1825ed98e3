import Testing

@testable import HeksherServer
@testable import HeksherStore

@Suite struct BatchLogTests {
    private static func batch(_ number: Int) -> PushBatch {
        PushBatch(resetAt: ChangePosition([0: .init(number: number, token: number)]), nil)
    }

    @Test("A stream gets all batches that it has not got yet, joined, and streams at the same batch share the bytes")
    func joined() throws {
        var log = BatchLog()
        let batches = (1...3).map(Self.batch)
        batches.forEach { log.append($0) }
        #expect(log.end == 3)
        for first in 0..<3 {
            let found = log.rendering(from: first)
            let rendering = try #require(found)
            #expect(rendering.batch.steps.map(\.id) == batches[first...].flatMap { $0.steps.map(\.id) })
            let again = log.rendering(from: first)
            #expect(again === rendering)
        }
        let none = log.rendering(from: 3)
        #expect(none == nil)
        log.append(Self.batch(4))
        let longer = log.rendering(from: 2)
        #expect(longer?.batch.steps.count == 2)
    }

    @Test("Batches keep their numbers when the first ones are removed")
    func removal() {
        var log = BatchLog()
        for number in 1...3 { log.append(Self.batch(number)) }
        log.removeAll(before: 2)
        #expect(log.end == 3 && !log.isEmpty)
        let last = log.rendering(from: 2)
        #expect(last?.batch.steps.count == 1)
        log.removeAll(before: 3)
        let none = log.rendering(from: 3)
        #expect(log.end == 3 && log.isEmpty && none == nil)
    }
}
