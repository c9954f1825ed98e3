import Foundation
import HeksherStore
import LibPQ
import PostgresTesting
import Testing

@Suite struct WayBackTests {
    /// The SQL of the documentation that removes the service's own objects.
    private static func removal() throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/migrating.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        return String(try #require(text.firstMatch(of: /```sql\n(.*?)```/.dotMatchesNewlines())).1)
    }

    /// Every table, index, sequence, function, trigger, column and constraint.
    private static func schema(_ database: TestDatabase) async throws -> [String] {
        let statement: Statement = """
            SELECT relkind::text || ' ' || relname || ' ' || coalesce(pg_get_indexdef(oid), '') FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i'
            UNION ALL
            SELECT pg_get_indexdef(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'i'
            UNION ALL
            SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
            FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL
            SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_'
            UNION ALL
            SELECT 'trigger ' || tgname || ' ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
            ORDER BY 1
            """
        return try await database.pool.run(statement()).map { try $0.string(0) }
    }

    @Test("The documented SQL removes everything that migrating a database of the original added")
    func takenOver() async throws {
        try await TestDatabase.withOriginal { database in
            let original = try await Self.schema(database)
            try await Store.migrations.apply(database.pool)
            #expect(try await Self.schema(database) != original)
            let removal = try Self.removal()
            try await database.pool.withConnection { try await $0.run(script: removal) }
            #expect(try await Self.schema(database) == original)
            // The database can be migrated again.
            #expect(try await Store.migrations.apply(database.pool).isEmpty == false)
        }
    }

    @Test("After the documented SQL, a new database has only the original's tables and columns")
    func ours() async throws {
        let original = try await TestDatabase.withOriginal { try await Self.columns($0) }
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            let removal = try Self.removal()
            try await database.pool.withConnection { try await $0.run(script: removal) }
            #expect(try await Self.columns(database) == original)
            #expect(try await Self.schema(database).allSatisfy { !$0.contains("heksher") })
        }
    }

    private static func columns(_ database: TestDatabase) async throws -> [String] {
        let statement: Statement = """
            SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
            WHERE table_schema = 'public' ORDER BY 1
            """
        return try await database.pool.run(statement()).map { try $0.string(0) }
    }
}
