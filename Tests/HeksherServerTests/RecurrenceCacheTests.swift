import ContractJSON
import HeksherAPI
import HeksherDomain
import Testing

@testable import HeksherCatalog
@testable import HeksherServer
@testable import HeksherStore

@Suite struct RecurrenceCacheTests {
    /// A response of about this many bytes.
    private static func answer(_ size: Int) throws -> CachedResponse {
        let setting = QueriedSetting(
            name: "a", defaultValue: JSONValue(String(repeating: "x", count: size)), rules: [])
        let queryable = try #require(QueryableSetting(setting, ContextFeatureOrder([])))
        return CachedResponse(
            to: try Query(.init(settings: ["a"], contextFilters: "*", includeMetadata: false)), [queryable],
            in: Self.snapshot)
    }

    private static let snapshot = Snapshot<QueryableSetting>(Revision([], definitions: ""), ContextFeatureOrder([]), [])

    @Test("Queries are distinguished by their bytes, not by their characters")
    func bytes() throws {
        let cache = RecurrenceCache<CachedResponse>()
        let answer = try Self.answer(100)
        for _ in 0..<2 { cache.offer(answer, for: "caf\u{E9}") }
        #expect(cache["caf\u{E9}"] === answer && cache["cafe\u{301}"] == nil)
    }

    @Test("A response is cached when its query occurs for the second time")
    func admission() throws {
        let cache = RecurrenceCache<CachedResponse>()
        let answer = try Self.answer(100)
        #expect(cache["x"] == nil)
        cache.offer(answer, for: "x")
        #expect(cache["x"] == nil)
        cache.offer(answer, for: "y")
        #expect(cache["x"] == nil && cache["y"] == nil)
        let second = try Self.answer(100)
        cache.offer(second, for: "x")
        #expect(cache["x"] === second && cache["y"] == nil)
        // A newer response replaces it at once.
        cache.offer(answer, for: "x")
        #expect(cache["x"] === answer)
    }

    @Test("Values that are not used between two calls of age() are dropped")
    func aging() throws {
        let cache = RecurrenceCache<CachedResponse>()
        let answer = try Self.answer(100)
        for text in ["used", "unused"] {
            for _ in 0..<2 { cache.offer(answer, for: text) }
        }
        #expect(cache.age() == 0)
        #expect(cache["used"] === answer)
        #expect(cache.age() == answer.size + "unused".utf8.count)
        #expect(cache["used"] === answer && cache["unused"] == nil)
    }

    @Test("Queries that occurred once are forgotten after many others")
    func forgetting() throws {
        let cache = RecurrenceCache<CachedResponse>()
        let answer = try Self.answer(1)
        cache.offer(answer, for: "x")
        for number in 0..<1 << 14 { cache.offer(answer, for: "\(number)") }
        cache.offer(answer, for: "x")
        #expect(cache["x"] == nil)
        cache.offer(answer, for: "x")
        #expect(cache["x"] != nil)
    }

    @Test("The cache keeps recently used responses, evicts others, and stays below its size")
    func eviction() throws {
        let answer = try Self.answer(1000)
        let size = answer.size + 3
        let cache = RecurrenceCache<CachedResponse>(size: 2 * 10 * size)
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

    @Test("A response that replaces another one frees the memory of the old one")
    func replacement() throws {
        let (small, large) = (try Self.answer(100), try Self.answer(2000))
        let cache = RecurrenceCache<CachedResponse>(size: 2 * 10 * (large.size + 1))
        for target in ["x", "y"] { for _ in 0..<2 { cache.offer(large, for: target) } }
        // If replaced responses still counted, the unused "y" would soon be evicted.
        for number in 0..<500 { cache.offer(number % 2 == 0 ? small : large, for: "x") }
        #expect(cache["x"] === large && cache["y"] === large)
    }

    @Test("A response that needs a large part of the cache is not kept")
    func tooLarge() throws {
        let answer = try Self.answer(1000)
        let cache = RecurrenceCache<CachedResponse>(size: 4 * answer.size)
        for _ in 0..<3 { cache.offer(answer, for: "x") }
        #expect(cache["x"] == nil)
    }

    @Test("The size of a cached response includes filters, names and body")
    func size() throws {
        func size(_ names: [String]?, filters: String) throws -> Int {
            CachedResponse(
                to: try Query(.init(settings: names, contextFilters: filters, includeMetadata: false)), [],
                in: Self.snapshot
            ).size
        }
        let small = try size(nil, filters: "*")
        let long = String(repeating: "x", count: 1000)
        #expect(try size([String](repeating: long, count: 100), filters: "*") >= small + 100_000)
        let values = (0..<200).map { "\(long.prefix(500))\($0)" }.joined(separator: ",")
        #expect(try size(nil, filters: "user:(\(values))") >= small + 100_000)
        #expect(try size(nil, filters: "\(long):*") >= small + 1000)
        #expect(try Self.answer(1_000_000).size >= 1_000_000)
    }
}
