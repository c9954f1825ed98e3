import Foundation
import PostgresCluster
import PostgresTesting
import Testing

@testable import Postgres

private let one: Statement = "SELECT 1"
private let sleep: Statement = "SELECT pg_sleep($1::float8)"
private let processID: Statement = "SELECT pg_backend_pid()"

@Suite struct PoolTests {
    /// How many connections a pool's application has open.
    private static func connections(_ database: TestDatabase) async throws -> Int? {
        let count: Statement = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        return try await database.pool.run(count()).first?.int(0)
    }

    /// Waits until as many wait for a connection.
    private static func wait(for count: Int, in pool: PostgresPool) async throws {
        let stopwatch = PatientStopwatch()
        while pool.waiterCount != count {
            try #require(stopwatch.time < .seconds(30))
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test("Connections are made when they are needed, and no more than there may be")
    func lazy() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 3)
            defer { pool.close() }
            #expect(try await Self.connections(database) == 0)
            for _ in 0..<5 { try await pool.run(one()) }
            #expect(try await Self.connections(database) == 1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 { group.addTask { try await pool.run(sleep("0.01")) } }
                try await group.waitForAll()
            }
            #expect(try await Self.connections(database) == 3)
        }
    }

    @Test("Who waits is served in order")
    func order() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 1, waitTimeout: .seconds(60))
            defer { pool.close() }
            let log = Log()
            var waiters: [Task<Void, any Error>] = []
            try await pool.withConnection { _ in
                for number in 0..<10 {
                    let waiter = Task {
                        try await pool.withConnection { connection in
                            await log.note(number)
                            try await connection.run(one())
                        }
                    }
                    waiters.append(waiter)
                    try await Self.wait(for: number + 1, in: pool)
                }
            }
            for waiter in waiters { try await waiter.value }
            #expect(await log.numbers == Array(0..<10))
        }
    }

    @Test("Waiting has its bounds: in time and in the line's length; who waits may give up")
    func bounds() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(
                configuration: database.configuration, size: 1, maximumWaiters: 2, waitTimeout: .seconds(3))
            defer { pool.close() }
            try await pool.withConnection { _ in
                let waiters = (0..<2).map { _ in Task { try await pool.run(one()) } }
                try await Self.wait(for: 2, in: pool)
                await #expect(throws: PostgresError.poolExhausted) { try await pool.run(one()) }
                for waiter in waiters { await #expect(throws: PostgresError.timeout) { try await waiter.value } }
                let impatient = Task { try await pool.run(one()) }
                try await Self.wait(for: 1, in: pool)
                impatient.cancel()
                await #expect(throws: PostgresError.cancelled) { try await impatient.value }
            }
            #expect(try await pool.run(one()).count == 1)
        }
    }

    @Test("Many tasks on few connections all come through")
    func contention() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 2, waitTimeout: .seconds(100))
            defer { pool.close() }
            let total = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        let echo: Statement = "SELECT $1::int"
                        let value = try await pool.run(echo(number)).first?.int(0)
                        return value ?? 0
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(total == 499 * 500 / 2)
        }
    }

    @Test("A broken connection is replaced")
    func broken() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 1)
            defer { pool.close() }
            let before = try #require(try await pool.run(processID()).first?.int(0))
            let kill: Statement = "SELECT pg_terminate_backend($1::int, 5000)"
            try await database.pool.run(kill(before))
            let after = try await soon { try await pool.run(processID()).first?.int(0) }
            #expect(after != before)
            // In the middle of a statement too, which then has failed.
            let running = Task { try await pool.run(sleep("30")) }
            let isRunning: Statement = """
                SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                    AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE 'SELECT pg_sleep%')
                """
            while try await database.pool.run(isRunning()).first?.bool(0) != true {
                try await Task.sleep(for: .milliseconds(5))
            }
            let all: Statement = """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            try await database.pool.run(all())
            let error = await #expect(throws: PostgresError.self) { try await running.value }
            #expect(error?.isUnavailable == true)
            let rows = try await soon { try await pool.run(one()) }
            #expect(rows.count == 1)
        }
    }

    @Test("A server that is not there is told of at once, and found when it is back")
    func serverGone() async throws {
        let directory = "/tmp/postgres-tests-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let settings = ["fsync": "off"]
        let pool = try await PrivateCluster.withRunning(in: directory, settings: settings) { cluster in
            let configuration = try PostgresConfiguration(
                connectionString: cluster.connectionString(database: "postgres"), applicationName: "tests")
            let pool = PostgresPool(configuration: configuration, size: 2)
            #expect(try await pool.run(one()).count == 1)
            return pool
        }
        defer { pool.close() }
        let duration = await PatientStopwatch.measure {
            for _ in 0..<100 {
                let error = await #expect(throws: PostgresError.self) { try await pool.run(one()) }
                #expect(error?.isUnavailable == true)
            }
        }
        #expect(duration < .seconds(2))
        try await PrivateCluster.withRunning(in: directory, settings: settings) { _ in
            try await Task.sleep(for: .milliseconds(150))
            #expect(try await pool.run(one()).count == 1)
        }
    }

    @Test("After closing there is nothing to be had")
    func closed() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 1)
            try await pool.run(one())
            try await pool.withConnection { connection in
                let waiter = Task { try await pool.run(one()) }
                try await Self.wait(for: 1, in: pool)
                pool.close()
                await #expect(throws: PostgresError.closed) { try await waiter.value }
                await #expect(throws: PostgresError.closed) { try await pool.run(one()) }
                // Who has one may go on.
                try await connection.run(one())
            }
        }
    }
}

actor Log {
    var numbers: [Int] = []

    func note(_ number: Int) { numbers.append(number) }
}
