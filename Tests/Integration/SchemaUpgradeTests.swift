import Foundation
import HeksherStore
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

/// The upgrade from the schema that had the service's own tables beside the settings.
@Suite struct SchemaUpgradeTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "migrations")

    /// The first migrations, as earlier releases contained them; the first three by default.
    private static func former(_ count: Int = 3) throws -> Migrations {
        let files = ["0001_settings", "0002_alembic_version", "0003_revisions", "0004_own_schema"].prefix(count)
        let found = try FileManager.default.contentsOfDirectory(atPath: directory.path()).sorted()
        let migrations = try files.enumerated().map { number, file in
            let name = try #require(found.first { $0.hasPrefix("000\(number + 1)_") }, "\(file)")
            return Migration(
                number: number + 1, name: String(name.dropFirst(5).dropLast(4)),
                sql: try String(contentsOf: directory.appending(path: name), encoding: .utf8))
        }
        return Migrations(migrations, table: "heksher_migrations")
    }

    private static let data = """
        INSERT INTO context_features VALUES ('t', 0);
        INSERT INTO settings VALUES ('a', 'int', '0', '1.0');
        INSERT INTO rules (setting, value) VALUES ('a', '1');
        INSERT INTO conditions VALUES (1, 't', 'x')
        """

    @Test("The upgrade keeps tokens, migrations and rights")
    func kept() async throws {
        try await TestDatabase.with { database in
            try await Self.former().apply(database.pool)
            try await database.withRole { role in
                try await database.sql(
                    "\(Self.data); GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \(role.name)")
                let revisions: Statement = "SELECT (slot, number, token)::text FROM heksher_revisions ORDER BY slot"
                let changes: Statement = "SELECT c::text FROM heksher_changes c ORDER BY 1"
                let before = try await (database.strings(revisions), database.strings(changes))
                #expect(before.0.count == 16 && before.1.count > 16)
                #expect(try await Store.migrations.apply(database.pool).map(\.number) == [4, 5, 6, 7])
                #expect(try await database.strings(revisions) == before.0)
                // The last transaction of each slot stands for everything before the history.
                #expect(try await database.strings(changes).count == 16)
                let status = try await Store.migrations.status(database.pool)
                #expect(status.applied.count == 7 && status.pending.isEmpty)
                // The role has no more rights than it needs.
                try await database.sql(
                    "TABLE heksher_revisions; TABLE heksher_changes; TABLE heksher_functions", as: role)
                await #expect(throws: PostgresError.self) {
                    try await database.sql("UPDATE heksher_revisions SET token = 1", as: role)
                }
                try await ServiceUnderTest.running(on: database, configuration: role.configuration) { api in
                    let settings = try await api.client.queryRules().ok.body.settings
                    #expect(settings["a"]?.rules.count == 1)
                }
            }
        }
    }

    @Test("Instances of the earlier release continue to work after the upgrade, and see each change")
    func formerInstances() async throws {
        // The statements of release 0.1.0.
        let sum: Statement = "SELECT sum(token)::text FROM heksher_revisions"
        let triggers: Statement = """
            SELECT count(*)::text FROM pg_trigger
            WHERE tgenabled = 'A' AND tgname IN ('heksher_change', 'heksher_truncation') AND tgrelid IN (
                'settings'::regclass, 'configurable'::regclass, 'rules'::regclass, 'setting_metadata'::regclass,
                'setting_aliases'::regclass, 'conditions'::regclass, 'rule_metadata'::regclass, 'context_features'::regclass)
            """
        let changes: Statement = """
            SELECT note.setting || '/' || note.rule FROM (
                SELECT slot, number, token, ($1::bigint[])[slot][1] AS known_number, ($1::bigint[])[slot][2] AS known_token
                FROM heksher_revisions WHERE token IS DISTINCT FROM ($1::bigint[])[slot][2] OFFSET 0) AS moved
            LEFT JOIN LATERAL (
                SELECT number, number = known_number AND token = known_token, setting, rule
                FROM heksher_changes c WHERE c.slot = moved.slot AND c.number > known_number OFFSET 0) AS note ON true
            """
        let slots: Statement = """
            SELECT '[0:15][1:2]={' || string_agg(format('{%s,%s}', number, token), ',' ORDER BY slot) || '}' FROM heksher_revisions
            """
        try await TestDatabase.with { database in
            try await Self.former().apply(database.pool)
            try await database.sql(Self.data)
            let known = try #require(try await database.strings(slots).first)
            let before = try await database.strings(sum)
            try await Store.migrations.apply(database.pool)
            #expect(try await database.strings(sum) == before)
            #expect(try await database.strings(triggers) == ["16"])
            try await database.sql("UPDATE conditions SET feature_value = 'y'")
            #expect(try await database.strings(sum) != before)
            #expect(try await database.pool.run(changes(known)).map { try $0.string(0) } == ["a/1"])
        }
    }

    @Test(
        "The upgrade from the previous schema adds the lists of values; a list stays if the rest is removed and added again"
    )
    func featureValues() async throws {
        try await TestDatabase.with { database in
            try await Self.former(4).apply(database.pool)
            try await database.sql(Self.data)
            #expect(try await Store.migrations.apply(database.pool).map(\.number) == [5, 6, 7])
            try await database.sql("UPDATE context_features SET allowed_values = '{x}'")
            try await database.sql("DROP SCHEMA heksher_public CASCADE")
            #expect(try await Store.migrations.apply(database.pool).map(\.number) == [1, 2, 3, 4, 5, 6, 7])
            try await ServiceUnderTest.running(on: database) { api in
                #expect(try await api.client.getContextFeatureValues(name: "t").ok.values == ["x"])
                try await api.expect(.get, "/evaluate?context=t:y", is: "422 query.context value_error")
            }
        }
    }

    @Test("A role without CREATE rights can run 'migrate' on an up-to-date schema")
    func nothingToDo() async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            try await database.withRole { role in
                try await database.sql("GRANT SELECT ON alembic_version, heksher_migrations TO \(role.name)")
                let pool = PostgresPool(configuration: role.configuration, size: 1)
                defer { pool.close() }
                #expect(try await Store.migrations.apply(pool).isEmpty)
                #expect(try await Store.migrations.status(pool).pending.isEmpty)
            }
        }
    }
}
