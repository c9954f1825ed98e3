import HeksherDomain
import HeksherStore
import LibPQ
import PostgresTesting
import Testing

/// Goes back from the present tables through the whole history, and compares each state with the tables at that time.
@Suite struct HistoryReplayTests {
    @Test(
        "Each former state of the tables follows from the present one and the history",
        arguments: [1, 2, 3] as [UInt64])
    func replay(seed: UInt64) async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            var world = RandomChanges(seed: seed)
            var states: [(change: Int, rows: TableRows)] = [(0, TableRows())]
            for _ in 0..<500 {
                // Some transactions fail, for example because a rule would have no setting.
                let script = "BEGIN; \(world.transaction()); COMMIT"
                try await database.pool.withConnection { connection in
                    do {
                        try await connection.run(script: script)
                    } catch {
                        try await connection.run(script: "ROLLBACK")
                    }
                }
                states.append((try await Self.lastChange(database), try await Self.rows(database)))
            }
            #expect(states.last.map { $0.change > 60 } == true)
            var records = try await Self.records(database)[...]
            var rows = try await Self.rows(database)
            for (change, former) in states.reversed() {
                while let record = records.first, record.change > change {
                    rows.undo(record)
                    records = records.dropFirst()
                }
                #expect(rows.withoutEmptyParts == former, "after the change \(change)")
            }
        }
    }

    private static func lastChange(_ database: TestDatabase) async throws -> Int {
        try await database.pool.run(("SELECT coalesce(max(id), 0) FROM heksher_history" as Statement)()).first?.int(0)
            ?? 0
    }

    /// All records, the latest first.
    private static func records(_ database: TestDatabase) async throws -> [RowChange] {
        let all: Statement = """
            SELECT change, number, kind, setting, rule, part, before, value::text FROM heksher_items
            ORDER BY change DESC, number DESC
            """
        return try await database.pool.run(all()).map { row in
            func text(_ column: Int) throws -> String? { row.isNull(column) ? nil : try row.string(column) }
            return RowChange(
                change: try row.int(0), number: try row.int(1), kind: try #require(.init(rawValue: try row.string(2))),
                setting: try text(3), rule: row.isNull(4) ? nil : try row.int(4), part: try text(5),
                before: try text(6),
                value: try text(7))
        }
    }

    /// The present rows of all tables.
    private static func rows(_ database: TestDatabase) async throws -> TableRows {
        var rows = TableRows()
        func each(_ statement: Statement, _ body: (Rows.Row) throws -> Void) async throws {
            for row in try await database.pool.run(statement()) { try body(row) }
        }
        try await each("SELECT name, type, default_value, version FROM settings") { row in
            rows.settings[try row.string(0)] = .init(
                type: try row.string(1), defaultValue: try row.string(2), version: try row.string(3))
        }
        try await each("SELECT setting, context_feature FROM configurable") { row in
            rows.configurable[try row.string(0), default: []].insert(try row.string(1))
        }
        try await each("SELECT setting, key, value::text FROM setting_metadata") { row in
            rows.settingMetadata[try row.string(0), default: [:]][try row.string(1)] = try row.string(2)
        }
        try await each("SELECT setting, alias FROM setting_aliases") { row in
            rows.aliases[try row.string(0), default: []].insert(try row.string(1))
        }
        try await each("SELECT id, setting, value FROM rules") { row in
            rows.rules[try row.int(0)] = .init(setting: try row.string(1), value: try row.string(2))
        }
        try await each("SELECT rule, context_feature, feature_value FROM conditions") { row in
            rows.conditions[try row.int(0), default: [:]][try row.string(1)] = try row.string(2)
        }
        try await each("SELECT rule, key, value::text FROM rule_metadata") { row in
            rows.ruleMetadata[try row.int(0), default: [:]][try row.string(1)] = try row.string(2)
        }
        try await each("SELECT name, index, allowed_values[1] FROM context_features") { row in
            rows.features[try row.string(0)] = .init(
                index: try row.int(1), values: row.isNull(2) ? nil : [try row.string(2)])
        }
        return rows
    }
}

extension TableRows {
    /// The same rows, without entries for settings and rules that have none.
    fileprivate var withoutEmptyParts: TableRows {
        var rows = self
        rows.configurable = configurable.filter { !$0.value.isEmpty }
        rows.aliases = aliases.filter { !$0.value.isEmpty }
        rows.settingMetadata = settingMetadata.filter { !$0.value.isEmpty }
        rows.conditions = conditions.filter { !$0.value.isEmpty }
        rows.ruleMetadata = ruleMetadata.filter { !$0.value.isEmpty }
        return rows
    }
}

/// Random transactions, as people can write them in SQL.
private struct RandomChanges {
    private var numbers: SeededNumbers

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    private mutating func any(_ elements: [String]) -> String { elements.randomElement(using: &numbers) ?? "" }
    private mutating func setting() -> String { any(["a", "b", "c", "d"]) }
    private mutating func feature() -> String { any(["f", "g", "h"]) }
    private mutating func key() -> String { any(["k", "l"]) }
    private mutating func number() -> Int { Int.random(in: 1...7, using: &numbers) }

    mutating func transaction() -> String {
        if number() == 1, number() < 4 {
            return
                "TRUNCATE \(any(["rule_metadata", "conditions", "setting_aliases", "rules CASCADE", "settings CASCADE"]))"
        }
        return (0..<Int.random(in: 1...5, using: &numbers)).map { _ in change() }.joined(separator: "; ")
    }

    private mutating func change() -> String {
        let (name, other, id, value) = (setting(), setting(), number(), number())
        let (feature, otherFeature, key) = (feature(), self.feature(), key())
        let changes = [
            "INSERT INTO settings VALUES ('\(name)', 'int', '\(value)', '1.0') ON CONFLICT DO NOTHING",
            "UPDATE settings SET default_value = '\(value)' WHERE name = '\(name)'",
            "UPDATE settings SET name = '\(other)', version = '\(value).0' WHERE name = '\(name)'",
            "DELETE FROM settings WHERE name = '\(name)'",
            "DELETE FROM settings WHERE name = '\(name)'; INSERT INTO settings VALUES ('\(name)', 'str', '\"x\"', '2.0')",
            "INSERT INTO configurable VALUES ('\(name)', '\(feature)') ON CONFLICT DO NOTHING",
            "DELETE FROM configurable WHERE setting = '\(name)'",
            "INSERT INTO setting_metadata VALUES ('\(name)', '\(key)', '\(value)') ON CONFLICT (setting, key) DO UPDATE SET value = excluded.value",
            "DELETE FROM setting_metadata WHERE setting = '\(name)' AND key = '\(key)'",
            "INSERT INTO setting_aliases VALUES ('\(name)', '\(key)') ON CONFLICT (alias) DO UPDATE SET setting = excluded.setting",
            "INSERT INTO rules (id, setting, value) VALUES (\(id), '\(name)', '\(value)') ON CONFLICT (id) DO UPDATE SET value = excluded.value",
            "UPDATE rules SET setting = '\(name)' WHERE id = \(id)",
            "UPDATE rules SET id = \(value) WHERE id = \(id)", "DELETE FROM rules WHERE id = \(id)",
            "INSERT INTO conditions VALUES (\(id), '\(feature)', '\(value)') ON CONFLICT (rule, context_feature) DO UPDATE SET feature_value = excluded.feature_value",
            "DELETE FROM conditions WHERE rule = \(id)",
            "INSERT INTO rule_metadata VALUES (\(id), '\(key)', '\(value)') ON CONFLICT (rule, key) DO UPDATE SET value = excluded.value",
            "UPDATE rule_metadata SET rule = \(value) WHERE rule = \(id)",
            "INSERT INTO context_features SELECT '\(feature)', coalesce(max(index), -1) + 1 FROM context_features ON CONFLICT DO NOTHING",
            "UPDATE context_features SET name = '\(otherFeature)', index = index + 10 WHERE name = '\(feature)'",
            "UPDATE context_features SET allowed_values = '{\(value)}' WHERE name = '\(feature)'",
            "DELETE FROM context_features WHERE name = '\(feature)'",
            "SAVEPOINT s; DELETE FROM rules; ROLLBACK TO s",
        ]
        return any(changes)
    }
}
