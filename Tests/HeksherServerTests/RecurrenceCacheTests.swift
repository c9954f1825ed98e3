import HeksherAPI
import HeksherDomain
import HeksherStore
import JSON
import Testing

@testable import HeksherServer

@Suite struct RecurrenceCacheTests {
    /// An answer of about so many bytes.
    private static func answer(_ size: Int, _ snapshot: Snapshot<QueryableSetting>) throws -> CachedAnswer {
        let setting = QueriedSetting(
            name: "a", defaultValue: JSONValue(String(repeating: "x", count: size)), rules: [])
        let queryable = try #require(QueryableSetting(setting, ContextFeatureOrder([])))
        return CachedAnswer(
            to: try Question(.init(settings: ["a"], contextFilters: "*", includeMetadata: false)), [queryable],
            in: snapshot)
    }

    private static func with(_ test: (Snapshot<QueryableSetting>) async throws -> Void) async throws {
        try await ServiceUnderTest.with { api in
            let answerer = try await api.answerer()
            defer { answerer.catalog.close() }
            try await test(answerer.snapshot())
        }
    }

    @Test("Questions are told apart by their bytes, not by the characters that these compose")
    func bytes() async throws {
        try await Self.with { snapshot in
            let cache = RecurrenceCache<CachedAnswer>()
            let answer = try Self.answer(100, snapshot)
            for _ in 0..<2 { cache.offer(answer, for: "caf\u{E9}") }
            #expect(cache["caf\u{E9}"] === answer && cache["cafe\u{301}"] == nil)
        }
    }

    @Test("An answer is kept when its question is asked for the second time")
    func admission() async throws {
        try await Self.with { snapshot in
            let cache = RecurrenceCache<CachedAnswer>()
            let answer = try Self.answer(100, snapshot)
            #expect(cache["x"] == nil)
            cache.offer(answer, for: "x")
            #expect(cache["x"] == nil)
            cache.offer(answer, for: "y")
            #expect(cache["x"] == nil && cache["y"] == nil)
            let second = try Self.answer(100, snapshot)
            cache.offer(second, for: "x")
            #expect(cache["x"] === second && cache["y"] == nil)
            // A newer answer takes its place at once.
            cache.offer(answer, for: "x")
            #expect(cache["x"] === answer)
        }
    }

    @Test("Questions asked once are forgotten when there are too many")
    func forgetting() async throws {
        try await Self.with { snapshot in
            let cache = RecurrenceCache<CachedAnswer>()
            let answer = try Self.answer(1, snapshot)
            cache.offer(answer, for: "x")
            for number in 0..<1 << 14 { cache.offer(answer, for: "\(number)") }
            cache.offer(answer, for: "x")
            #expect(cache["x"] == nil)
            cache.offer(answer, for: "x")
            #expect(cache["x"] != nil)
        }
    }

    @Test("What is used stays, what is not goes, and no more is kept than there may be")
    func eviction() async throws {
        try await Self.with { snapshot in
            let answer = try Self.answer(1000, snapshot)
            let size = answer.size + 3
            let cache = RecurrenceCache<CachedAnswer>(size: 2 * 10 * size)
            func keep(_ target: String) { for _ in 0..<2 { cache.offer(answer, for: target) } }
            keep("use")
            for number in 100..<400 {
                keep("\(number)")
                #expect(cache["\(number)"] != nil)
                #expect(cache["use"] != nil, "\(number)")
            }
            let kept = (100..<400).filter { cache["\($0)"] != nil }
            #expect(kept.last == 399 && (8...20).contains(kept.count), "\(kept)")
        }
    }

    @Test("An answer that takes another's place takes its room as well")
    func replacement() async throws {
        try await Self.with { snapshot in
            let (small, large) = (try Self.answer(100, snapshot), try Self.answer(2000, snapshot))
            let cache = RecurrenceCache<CachedAnswer>(size: 2 * 10 * (large.size + 1))
            for target in ["x", "y"] { for _ in 0..<2 { cache.offer(large, for: target) } }
            // If those that are gone counted, "y", which nobody uses, would soon be gone too.
            for number in 0..<500 { cache.offer(number % 2 == 0 ? small : large, for: "x") }
            #expect(cache["x"] === large && cache["y"] === large)
        }
    }

    @Test("An answer that would take much of the room is not kept")
    func tooLarge() async throws {
        try await Self.with { snapshot in
            let answer = try Self.answer(1000, snapshot)
            let cache = RecurrenceCache<CachedAnswer>(size: 4 * answer.size)
            for _ in 0..<3 { cache.offer(answer, for: "x") }
            #expect(cache["x"] == nil)
        }
    }
}
