import Foundation
import HeksherAPI
import HeksherStore
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

@Suite struct TakingOverTests {
    /// A database of the original service.
    private static func with(_ test: (TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withOriginal(test)
    }

    /// All rows of the original's tables, with the original's columns.
    private static func contents(_ database: TestDatabase) async throws -> [String] {
        let tables = [
            "alembic_version", "conditions", "configurable", "context_features", "rule_metadata", "rules",
            "setting_aliases", "setting_metadata", "settings",
        ]
        var contents: [String] = []
        for table in tables {
            let columns =
                switch table {
                case "context_features": "(t.name, t.index)"
                case "rules": "(t.id, t.setting, t.value)"
                default: "t"
                }
            let rows = try await database.pool.run(Statement("SELECT \(columns)::text FROM \(table) t ORDER BY 1")())
            contents += try rows.map { "\(table)\(try $0.string(0))" }
        }
        return contents
    }

    /// Tables, columns, constraints and defaults, except the service's own.
    private static func schema(_ database: TestDatabase) async throws -> [String] {
        let statement: Statement = """
            SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
            FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name NOT LIKE 'heksher%' AND column_name NOT IN ('allowed_values', 'expires_at')
            UNION ALL
            SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND contype <> 't' AND conrelid::regclass::text NOT LIKE 'heksher%'
                AND conname NOT LIKE 'heksher%'
            ORDER BY 1
            """
        return try await database.pool.run(statement()).map { try $0.string(0) }
    }

    @Test("Migrating a database of the original keeps every row, column and constraint")
    func kept() async throws {
        try await Self.with { database in
            let (contents, schema) = (try await Self.contents(database), try await Self.schema(database))
            #expect(contents.count > 40)
            let refusal = await #expect(throws: StartError.self) {
                try await ServiceUnderTest.running(on: database) { _ in }
            }
            #expect(refusal?.description.contains("the original service's: run 'heksher migrate'") == true)
            #expect(try await Store.migrations.apply(database.pool).count == 7)
            #expect(try await Self.contents(database) == contents)
            #expect(try await Self.schema(database) == schema)
            #expect(try await Store.migrations.apply(database.pool).isEmpty)
        }
    }

    @Test("The original's data are served and can be changed")
    func served() async throws {
        try await Self.with { database in
            try await Store.migrations.apply(database.pool)
            try await ServiceUnderTest.running(on: database) { api in
                #expect(try await api.features == ["user", "trust", "theme"])
                try await api.expect(
                    .get, "/settings?include_additional_data=true",
                    is: "200 "
                        + #"{"settings":[{"name":"_.odd..name.","type":"Enum[0.1,100]","default_value":0.1,"version":"1.0","configurable_features":["user"],"metadata":{},"aliases":[]},"#
                        + #"{"name":"bool","type":"bool","default_value":false,"version":"1.0","configurable_features":["theme"],"metadata":{},"aliases":[]},"#
                        + #"{"name":"enum","type":"Enum[\"a\",1,2,false]","default_value":"a","version":"1.0","configurable_features":["theme"],"metadata":{},"aliases":[]},"#
                        + #"{"name":"flags","type":"Flags[\"a\",\"b\",true]","default_value":[],"version":"1.0","configurable_features":["theme"],"metadata":{},"aliases":[]},"#
                        + #"{"name":"float","type":"float","default_value":1.50,"version":"2.10","configurable_features":["trust"],"metadata":{},"aliases":[]},"#
                        + #"{"name":"int","type":"int","default_value":12345678901234567890123456789,"version":"1.0","configurable_features":["user","trust","theme"],"metadata":{"a-b":null,"description":"an int"},"aliases":["old_int","older.int"]},"#
                        + #"{"name":"mapping","type":"Mapping<Enum[\"x\",\"y\"]>","default_value":{},"version":"10.2","configurable_features":["user","theme"],"metadata":{},"aliases":[]},"#
                        + #"{"name":"null.default","type":"float","default_value":null,"version":"1.0","configurable_features":["user"],"metadata":{},"aliases":[]},"#
                        + #"{"name":"sequence","type":"Sequence<Mapping<float>>","default_value":[ {"b":1e2 , "a":0}, {}],"version":"1.0","configurable_features":["user"],"metadata":{},"aliases":[]},"#
                        + #"{"name":"str","type":"str","default_value":"h\u00e9 \" \\ \ud83d\ude00 \u0000","version":"1.0","configurable_features":["theme"],"metadata":{},"aliases":[]}]}"#
                )
                // Rule 12 has no conditions; only SQL can create such a rule.
                try await api.expect(
                    .get,
                    "/query?settings=older.int,mapping&context_filters=user:(admin),theme:*&include_metadata=true",
                    is: "200 "
                        + #"{"settings":{"int":{"default_value":12345678901234567890123456789,"rules":[{"value":-0,"context_features":[["user","admin"],["theme","dark"]],"rule_id":7,"metadata":{"who":"ada","when":{"a": 1.50, "b": [1, null]}}},{"value":42,"context_features":[],"rule_id":12,"metadata":{}}]},"mapping":{"default_value":{},"rules":[]}}}"#
                )
                #expect(try await api.addRule("old_int", ["user": "x"], 1) == 21)
                let client = api.client
                try await api.rename("older.int", to: "old_int", version: "1.1")
                try await client.moveContextFeature(name: "user", body: .after("theme")).noContent()
                let refused = try await client.changeSettingType(
                    name: "null.default", body: .init(type: "Sequence<int>", version: "2.0"))
                #expect(refused.response().status == .conflict)
                try await client.deleteSetting(name: "old_int").noContent()
                #expect(try await client.getRule(ruleId: 7) == .notFound)
            }
        }
    }

    @Test(
        "Another version of the original is refused with both versions in one sentence",
        arguments: [
            ("UPDATE alembic_version SET version_num = '0123456789ab'", "version 0123456789ab "),
            ("INSERT INTO alembic_version VALUES ('0123456789ab')", "83f0f272313f"),
            ("DELETE FROM alembic_version", "version none "),
            ("DROP TABLE alembic_version", "no table 'alembic_version'"),
        ])
    func otherVersion(edit: String, part: String) async throws {
        try await Self.with { database in
            try await database.pool.withConnection { try await $0.run(script: edit) }
            let error = await #expect(throws: MigrationError.self) {
                try await Store.migrations.apply(database.pool)
            }
            let sentence = error?.description ?? ""
            #expect(sentence.contains(part) && !sentence.contains("\n"), "\(sentence)")
            if !edit.hasPrefix("DROP") { #expect(sentence.contains("83f0f272313f")) }
            let unstarted = await #expect(throws: MigrationError.self) {
                try await ServiceUnderTest.running(on: database) { _ in }
            }
            #expect(unstarted == error)
            let ours: Statement = "SELECT to_regclass('heksher_migrations') IS NULL"
            #expect(try await database.pool.run(ours()).first?.bool(0) == true)
        }
    }

    @Test("A database of a newer release is refused with a remedy")
    func newer() async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            try await database.pool.withConnection {
                try await $0.run(
                    script: "INSERT INTO heksher_migrations (number, name, checksum) VALUES (99, 'x', 'y')")
            }
            let error = await #expect(throws: MigrationError.self) {
                try await ServiceUnderTest.running(on: database) { _ in }
            }
            #expect(error?.description.contains("run a newer release") == true)
        }
    }

    @Test("A database of an older release is refused with a remedy")
    func older() async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            try await database.pool.withConnection {
                try await $0.run(script: "DELETE FROM heksher_public.migrations WHERE number = 2")
            }
            let error = await #expect(throws: StartError.self) {
                try await ServiceUnderTest.running(on: database) { _ in }
            }
            #expect(
                error?.description == "the database's schema is older than this program: run 'heksher migrate' first")
        }
    }

    @Test("The original finds its version in the service's database, so it can run there")
    func wayBack() async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            let version: Statement = "SELECT version_num FROM alembic_version"
            #expect(try await database.pool.run(version()).map { try $0.string(0) } == ["83f0f272313f"])
        }
    }
}
