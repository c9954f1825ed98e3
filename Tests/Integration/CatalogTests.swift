import HeksherCatalog
import HeksherDomain
import HeksherStore
import PostgresTesting
import Testing

@testable import HeksherServer

/// Which settings and rules the catalog reads again after a change, and when.
@Suite(.serialized) struct CatalogTests {
    /// Reports each setting and rule that is read.
    private final class ToldSetting: CatalogEntry {
        static let (told, telling) = AsyncStream.makeStream(of: String.self)

        let name: String

        init(_ setting: QueriedSetting, _ features: ContextFeatureOrder) {
            name = setting.name
            Self.telling.yield(name)
        }

        func with(_ changes: [RuleChange], _ features: ContextFeatureOrder) -> ToldSetting? {
            for change in changes {
                let parts = change.rule.map { ["\($0.value)"] + $0.conditions.map(\.value) } ?? ["none"]
                Self.telling.yield("\(name) \(change.id): \(parts.joined(separator: " "))")
            }
            return self
        }
    }

    /// Runs a test with settings `a` and `b`, after a catalog has read them.
    private static func with(
        _ test: (ServiceUnderTest, Catalog<ToldSetting>, inout AsyncStream<String>.Iterator) async throws -> Void
    ) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            for name in ["a", "b"] { try await api.declare(name) }
            let catalog = Catalog<ToldSetting>(
                Store(api.database.pool), configuration: api.database.configuration, onEvent: { _ in })
            defer { catalog.close() }
            while try await catalog.current() == nil { try await Task.sleep(for: .milliseconds(2)) }
            var told = ToldSetting.told.makeAsyncIterator()
            #expect(await [told.next(), told.next()].compactMap(\.self).sorted() == ["a", "b"])
            try await test(api, catalog, &told)
        }
    }

    /// The settings and rules that a call of `current` reads, in order.
    private static func read(
        _ catalog: Catalog<ToldSetting>, _ told: inout AsyncStream<String>.Iterator
    ) async throws -> [String] {
        _ = try await catalog.current()
        ToldSetting.telling.yield("that is all")
        var read: [String] = []
        while let next = await told.next(), next != "that is all" { read.append(next) }
        return read.sorted()
    }

    @Test("If one rule of a setting changes, only this rule is read again")
    func rules() async throws {
        try await Self.with { api, catalog, told in
            for (change, expected) in [
                ("INSERT INTO rules (setting, value) VALUES ('a', '5')", ["a 1: 5"]),
                ("UPDATE rules SET value = '6'", ["a 1: 6"]),
                ("INSERT INTO conditions VALUES (1, 'theme', 'dark')", ["a 1: 6 dark"]),
                ("INSERT INTO rule_metadata VALUES (1, 'k', '7')", ["a 1: 6 dark"]),
                ("INSERT INTO rules (setting, value) VALUES ('b', '8')", ["b 2: 8"]),
                ("DELETE FROM conditions; UPDATE rules SET value = '7' WHERE id = 2", ["a 1: 6", "b 2: 7"]),
                ("DELETE FROM rules WHERE id = 1", ["a 1: none"]),
                // The setting may have changed in another way as well.
                ("UPDATE rules SET setting = 'a' WHERE id = 2", ["a", "b"]),
                ("INSERT INTO rules (setting, value) VALUES ('b', '8'), ('b', '9')", ["b"]),
                ("INSERT INTO context_features VALUES ('user', 7); UPDATE rules SET value = '6' WHERE id = 2", ["a"]),
                (
                    "UPDATE settings SET default_value = '1' WHERE name = 'b'; DELETE FROM rules WHERE id = 2",
                    ["a", "b"]
                ),
                ("UPDATE rules SET value = 'no JSON' WHERE id = 3", []),
                ("UPDATE rules SET value = '1' WHERE id = 3", ["b"]),
                (
                    "DELETE FROM rules WHERE id = 3; INSERT INTO rules (id, setting, value) VALUES (3, 'a', '4')",
                    ["a 3: 4", "b 3: none"]
                ),
                ("INSERT INTO rule_metadata SELECT 3, n::text, '1' FROM generate_series(1, 1000) AS n", ["a"]),
            ] {
                try await api.sql(change)
                let read = try await Self.read(catalog, &told)
                #expect(read == expected, "\(change)")
            }
        }
    }

    @Test("A rule that several transactions changed is read once")
    func severalTimes() async throws {
        try await Self.with { api, catalog, told in
            try await api.sql("INSERT INTO rules (setting, value) VALUES ('a', '0')")
            try await api.sql("INSERT INTO conditions VALUES (1, 'theme', 'dark')")
            for value in 1...3 { try await api.sql("UPDATE rules SET value = '\(value)'") }
            #expect(try await Self.read(catalog, &told) == ["a 1: 3 dark"])
        }
    }

    @Test("If an operator adds or removes a slot, all settings are read again, and later changes normally")
    func slots() async throws {
        try await Self.with { api, catalog, told in
            try await api.sql("INSERT INTO rules (setting, value) VALUES ('a', '0')")
            #expect(try await Self.read(catalog, &told) == ["a 1: 0"])
            for (value, change) in [
                "INSERT INTO heksher_public.revisions VALUES (20, 3, -5)",
                "DELETE FROM heksher_public.revisions WHERE slot = 20",
            ].enumerated() {
                try await api.sql(change)
                #expect(try await catalog.current() == nil, "\(change)")
                while try await catalog.current() == nil { try await Task.sleep(for: .milliseconds(2)) }
                #expect(try await Self.read(catalog, &told) == ["a", "b"], "\(change)")
                try await api.sql("UPDATE rules SET value = '\(value + 1)'")
                #expect(try await Self.read(catalog, &told) == ["a 1: \(value + 1)"], "\(change)")
            }
        }
    }

    @Test("A known change is read before the next query; later changes are read together at that query")
    func catchingUp() async throws {
        try await Self.with { api, catalog, told in
            try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'a'")
            catalog.catchUp()
            #expect(await told.next() == "a")

            try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'b'")
            catalog.catchUp()
            try await Task.sleep(for: .milliseconds(200))
            ToldSetting.telling.yield("nothing until here")
            _ = try await catalog.current()
            #expect(await told.next() == "nothing until here")
            #expect(await told.next() == "b")
        }
    }

    @Test("A change through the service is in memory before the next query")
    func throughTheService() async throws {
        let target = "/api/v1/query?settings=a"
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.expectFromMemory(target)
            var isCaughtUp = false
            // On a busy machine, the first attempts may be too late.
            for attempt in 0..<10 where !isCaughtUp {
                try await api.addRule("a", ["theme": "t\(attempt)"], 1)
                try await Task.sleep(for: .milliseconds(300))
                try await api.whileTablesAreLocked {
                    let answer = try? await RawConnection(port: api.port, patience: 1).get(target)
                    isCaughtUp = answer?.body.contains(#"["theme","t\#(attempt)"]"#) == true
                }
            }
            #expect(isCaughtUp)
        }
    }
}
