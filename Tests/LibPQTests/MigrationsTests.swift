import LibPQ
import PostgresTesting
import Synchronization
import Testing

@Suite struct MigrationsTests {
    private static let first = Migration(
        number: 1, name: "first", sql: "CREATE TABLE a (n int); INSERT INTO a VALUES (1)")
    private static let second = Migration(number: 2, name: "second", sql: "INSERT INTO a SELECT n + 1 FROM a")

    private static func sum(_ pool: PostgresPool) async throws -> Int? {
        let sum: Statement = "SELECT sum(n) FROM a"
        return try await pool.run(sum()).first?.int(0)
    }

    @Test("Each migration is applied once, in order")
    func once() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool
            let one = Migrations([Self.first], table: "done")
            let both = Migrations([Self.first, Self.second], table: "done")
            let before = try await both.status(pool)
            #expect(before == .init(applied: [], pending: [Self.first, Self.second]))
            #expect(try await one.apply(pool) == [Self.first])
            #expect(try await both.status(pool) == .init(applied: [Self.first], pending: [Self.second]))
            let steps = Mutex<[Migrations.Step]>([])
            #expect(try await both.apply(pool) { step in steps.withLock { $0.append(step) } } == [Self.second])
            #expect(steps.withLock { $0 } == [.waiting, .applying(Self.second, 1, of: 1), .committing])
            #expect(try await both.apply(pool) == [])
            #expect(try await both.status(pool) == .init(applied: [Self.first, Self.second], pending: []))
            #expect(try await Self.sum(pool) == 3)
        }
    }

    @Test("Concurrent runs apply each migration once")
    func concurrent() async throws {
        try await TestDatabase.with { database in
            let migrations = Migrations([Self.first, Self.second], table: "done")
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let pool = PostgresPool(configuration: database.configuration, size: 1)
                        defer { pool.close() }
                        return try await migrations.apply(pool).count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(applied == 2)
            #expect(try await Self.sum(database.pool) == 3)
        }
    }

    @Test("If a migration fails, none of the run is applied")
    func failure() async throws {
        try await TestDatabase.with { database in
            let wrong = Migration(number: 2, name: "wrong", sql: "INSERT INTO a VALUES (2); SELECT 1 / 0")
            let error = await #expect(throws: PostgresError.self) {
                try await Migrations([Self.first, wrong], table: "done").apply(database.pool)
            }
            #expect(error?.state?.code == "22012")
            let status = try await Migrations([Self.first], table: "done").status(database.pool)
            #expect(status.applied.isEmpty)
        }
    }

    @Test("A database with other or later migrations is refused")
    func others() async throws {
        try await TestDatabase.with { database in
            let pool = database.pool
            try await Migrations([Self.first, Self.second], table: "done").apply(pool)
            let changed = Migration(number: 2, name: "second", sql: "SELECT 2")
            let older = await #expect(throws: MigrationError.self) {
                try await Migrations([Self.first], table: "done").apply(pool)
            }
            #expect(older?.description.contains("2") == true)
            await #expect(throws: MigrationError.self) {
                try await Migrations([Self.first, changed], table: "done").apply(pool)
            }
            await #expect(throws: MigrationError.self) {
                try await Migrations([Self.first, changed], table: "done").status(pool)
            }
        }
    }
}
