import ContractJSON
import HeksherAPI
import HeksherCatalog
import HeksherDomain
import HeksherStore
import Testing

@testable import HeksherServer

@Suite struct RecurrenceCacheTests {
    /// A response of about this many bytes.
    private static func answer(_ size: Int, _ snapshot: Snapshot<QueryableSetting>) throws -> CachedResponse {
        let setting = QueriedSetting(
            name: "a", defaultValue: JSONValue(String(repeating: "x", count: size)), rules: [])
        let queryable = try #require(QueryableSetting(setting, ContextFeatureOrder([])))
        return CachedResponse(
            to: try Query(.init(settings: ["a"], contextFilters: "*", includeMetadata: false)), [queryable],
            in: snapshot)
    }

    private static func with(_ test: (Snapshot<QueryableSetting>) async throws -> Void) async throws {
        try await ServiceUnderTest.with { api in
            let answerer = try await api.answerer()
            defer { answerer.catalog.close() }
            try await test(answerer.snapshot())
        }
    }

    @Test("Queries are distinguished by their bytes, not by their characters")
    func bytes() async throws {
        try await Self.with { snapshot in
            let cache = RecurrenceCache<CachedResponse>()
            let answer = try Self.answer(100, snapshot)
            for _ in 0..<2 { cache.offer(answer, for: "caf\u{E9}") }
            #expect(cache["caf\u{E9}"] === answer && cache["cafe\u{301}"] == nil)
        }
    }

    @Test("A response is cached when its query occurs for the second time")
    func admission() async throws {
        try await Self.with { snapshot in
            let cache = RecurrenceCache<CachedResponse>()
            let answer = try Self.answer(100, snapshot)
            #expect(cache["x"] == nil)
            cache.offer(answer, for: "x")
            #expect(cache["x"] == nil)
            cache.offer(answer, for: "y")
            #expect(cache["x"] == nil && cache["y"] == nil)
            let second = try Self.answer(100, snapshot)
            cache.offer(second, for: "x")
            #expect(cache["x"] === second && cache["y"] == nil)
            // A newer response replaces it at once.
            cache.offer(answer, for: "x")
            #expect(cache["x"] === answer)
        }
    }

    @Test("Values that are not used between two calls of age() are dropped")
    func aging() async throws {
        try await Self.with { snapshot in
            let cache = RecurrenceCache<CachedResponse>()
            let answer = try Self.answer(100, snapshot)
            for text in ["used", "unused"] {
                for _ in 0..<2 { cache.offer(answer, for: text) }
            }
            #expect(cache.age() == 0)
            #expect(cache["used"] === answer)
            #expect(cache.age() == answer.size + "unused".utf8.count)
            #expect(cache["used"] === answer && cache["unused"] == nil)
        }
    }

    @Test("Queries that occurred once are forgotten after many others")
    func forgetting() async throws {
        try await Self.with { snapshot in
            let cache = RecurrenceCache<CachedResponse>()
            let answer = try Self.answer(1, snapshot)
            cache.offer(answer, for: "x")
            for number in 0..<1 << 14 { cache.offer(answer, for: "\(number)") }
            cache.offer(answer, for: "x")
            #expect(cache["x"] == nil)
            cache.offer(answer, for: "x")
            #expect(cache["x"] != nil)
        }
    }

    @Test("The cache keeps recently used responses, evicts others, and stays below its size")
    func eviction() async throws {
        try await Self.with { snapshot in
            let answer = try Self.answer(1000, snapshot)
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
    }

    @Test("A response that replaces another one frees the memory of the old one")
    func replacement() async throws {
        try await Self.with { snapshot in
            let (small, large) = (try Self.answer(100, snapshot), try Self.answer(2000, snapshot))
            let cache = RecurrenceCache<CachedResponse>(size: 2 * 10 * (large.size + 1))
            for target in ["x", "y"] { for _ in 0..<2 { cache.offer(large, for: target) } }
            // If replaced responses still counted, the unused "y" would soon be evicted.
            for number in 0..<500 { cache.offer(number % 2 == 0 ? small : large, for: "x") }
            #expect(cache["x"] === large && cache["y"] === large)
        }
    }

    @Test("A response that needs a large part of the cache is not kept")
    func tooLarge() async throws {
        try await Self.with { snapshot in
            let answer = try Self.answer(1000, snapshot)
            let cache = RecurrenceCache<CachedResponse>(size: 4 * answer.size)
            for _ in 0..<3 { cache.offer(answer, for: "x") }
            #expect(cache["x"] == nil)
        }
    }

    @Test("The size of a cached response includes filters, names and body")
    func size() async throws {
        try await Self.with { snapshot in
            func size(_ names: [String]?, filters: String) throws -> Int {
                CachedResponse(
                    to: try Query(.init(settings: names, contextFilters: filters, includeMetadata: false)), [],
                    in: snapshot
                ).size
            }
            let small = try size(nil, filters: "*")
            let long = String(repeating: "x", count: 1000)
            #expect(try size([String](repeating: long, count: 100), filters: "*") >= small + 100_000)
            let values = (0..<200).map { "\(long.prefix(500))\($0)" }.joined(separator: ",")
            #expect(try size(nil, filters: "user:(\(values))") >= small + 100_000)
            #expect(try size(nil, filters: "\(long):*") >= small + 1000)
            #expect(try Self.answer(1_000_000, snapshot).size >= 1_000_000)
        }
    }

    @Test("Queries with ever new names keep no old version of a setting in memory")
    func formerVersions() async throws {
        struct Version {
            weak var setting: QueryableSetting?
        }
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let answerer = try await api.answerer()
            defer { answerer.catalog.close() }
            var versions: [Version] = []
            for count in 1...30 {
                try await api.sql("INSERT INTO rules (setting, value) VALUES ('a', '1')")
                let snapshot = try await answerer.snapshot()
                let names = [String](repeating: "a", count: count).joined(separator: ",")
                for filters in ["*", "theme:(x)", "theme:(y)"] {
                    for _ in 0..<3 {
                        let target = "/api/v1/query?settings=\(names)&context_filters=\(filters)"
                        guard case .answer = answerer.answer(to: target, in: snapshot) else {
                            Issue.record("no answer")
                            continue
                        }
                    }
                }
                guard case .entry(let setting) = snapshot.find("a") else { continue }
                versions.append(Version(setting: setting))
            }
            #expect(versions.count == 30)
            #expect(versions.count { $0.setting != nil } <= 1)
        }
    }
}
