import Foundation
import PostgresCluster
import PostgresTesting
import Synchronization
import Testing

@testable import LibPQ

private let one: Statement = "SELECT 1"
private let sleep: Statement = "SELECT pg_sleep($1::float8)"
private let processID: Statement = "SELECT pg_backend_pid()"

private final class Recipient: ResultRecipient {
    private let isGone = Atomic(false)

    var hasLeft: Bool {
        get { isGone.load(ordering: .relaxed) }
        set { isGone.store(newValue, ordering: .relaxed) }
    }
}

@Suite struct PoolTests {
    /// The number of open connections of the pool's application.
    private static func connections(_ database: TestDatabase) async throws -> Int? {
        let count: Statement = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        return try await database.pool.run(count()).first?.int(0)
    }

    /// Waits until this number of callers waits for a connection.
    private static func wait(for count: Int, in pool: PostgresPool) async throws {
        let stopwatch = PatientStopwatch()
        while pool.waiterCount != count {
            try #require(stopwatch.time < .seconds(30))
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test(
        "A connection that has sent or received much at once is not used again, because libpq would keep the memory",
        arguments: [
            ("SELECT length($1::text)", true, true), ("SELECT repeat('x', $1::int)", false, true),
            ("SELECT repeat('x', 10) FROM generate_series(1, $1::int / 10)", false, false),
        ])
    func largeMessages(sql: String, isSent: Bool, isReplaced: Bool) async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 1, waitTimeout: .seconds(600))
            defer { pool.close() }
            func query(_ size: Int) -> Query {
                Query(statement: Statement(sql), parameters: [isSent ? String(repeating: "x", count: size) : "\(size)"])
            }
            let first = try await pool.run(processID()).first?.int(0)
            try await pool.run(query(100_000))
            #expect(try await pool.run(processID()).first?.int(0) == first)
            try await pool.run(query(1_000_000))
            #expect((try await pool.run(processID()).first?.int(0) == first) != isReplaced)
        }
    }

    @Test("Connections are opened on demand, up to the pool's size")
    func lazy() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 3, waitTimeout: .seconds(600))
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

    @Test("A waiting caller whose recipient has left is removed from the queue and gets no connection")
    func unwanted() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(
                configuration: database.configuration, size: 1, maximumWaiters: 3, waitTimeout: .seconds(60))
            defer { pool.close() }
            let recipient = Recipient()
            func ask() -> Task<Void, any Error> {
                Task {
                    try await PostgresPool.$recipient.withValue(recipient) {
                        _ = try await pool.run(one())
                    }
                }
            }
            var unwanted: [Task<Void, any Error>] = []
            var wanted: Task<Void, any Error>?
            try await pool.withConnection { _ in
                for count in 1...3 {
                    unwanted.append(ask())
                    try await Self.wait(for: count, in: pool)
                }
                await #expect(throws: PostgresError.poolExhausted) { try await pool.run(one()) }
                recipient.hasLeft = true
                wanted = Task { _ = try await pool.run(one()) }
                // The queue is full of callers whose recipients have left.
                try await Self.wait(for: 1, in: pool)
                await #expect(throws: PostgresError.cancelled) { try await ask().value }
            }
            try await wanted?.value
            for task in unwanted { await #expect(throws: PostgresError.cancelled) { try await task.value } }
            // Such a caller is also skipped in the queue when a connection is returned.
            recipient.hasLeft = false
            let last = try await pool.withConnection { _ in
                let task = ask()
                try await Self.wait(for: 1, in: pool)
                recipient.hasLeft = true
                return task
            }
            await #expect(throws: PostgresError.cancelled) { try await last.value }
        }
    }

    @Test("Waiting callers get connections in order")
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

    @Test("Waiting has a timeout and a maximum number of callers, and can be cancelled")
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

    @Test("500 tasks on two connections all succeed")
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
            // Also during a statement, which then fails.
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

    @Test("If the server is away, calls fail at once, and they succeed once it is back")
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

    @Test("After closing, waiting and new callers get an error")
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
                // A caller that has a connection may continue to use it.
                try await connection.run(one())
            }
        }
    }
}

actor Log {
    var numbers: [Int] = []

    func note(_ number: Int) { numbers.append(number) }
}

/// A server that permits fewer connections than the pool's size.
@Suite struct FewConnectionsTests {
    private static let sleeping: Statement = "SELECT pg_sleep(0.05)"

    @Test(
        "If the server permits fewer connections, callers share them, and the pool grows once it permits more"
    )
    func limited() async throws {
        try await TestDatabase.with { database in
            try await database.withRole("CONNECTION LIMIT 2") { role in
                let pool = PostgresPool(configuration: role.configuration, size: 8, waitTimeout: .seconds(600))
                defer { pool.close() }
                let count: Statement = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1::text"
                // A pool to which the server has refused a connection tries again later.
                func connections(from minimum: Int) async throws -> Int {
                    while true {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<40 { group.addTask { try await pool.run(Self.sleeping()) } }
                            try await group.waitForAll()
                        }
                        let found = try await database.pool.run(count(role.name)).first?.int(0) ?? 0
                        if found >= minimum { return found }
                    }
                }
                #expect(try await connections(from: 2) == 2)
                try await database.sql("ALTER ROLE \(role.name) CONNECTION LIMIT 6")
                #expect(try await connections(from: 6) == 6)
            }
        }
    }

    @Test("Without any connection, calls fail at once with the server's reason")
    func none() async throws {
        try await TestDatabase.with { database in
            try await database.withRole("CONNECTION LIMIT 0") { role in
                let pool = PostgresPool(configuration: role.configuration, size: 8)
                defer { pool.close() }
                let error = await #expect(throws: PostgresError.self) { try await pool.run(Self.sleeping()) }
                #expect(error?.isUnavailable == true)
                guard case .tooManyConnections(let reason)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(reason.hasSuffix("too many connections for role \"\(role.name)\""), "\(reason)")
            }
        }
    }

    @Test("A pool gives up connections on request, but keeps the last one")
    func ceding() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 3, waitTimeout: .seconds(600))
            defer { pool.close() }
            #expect(!pool.cede())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { try await pool.run(Self.sleeping()) } }
                try await group.waitForAll()
            }
            for _ in 0..<5 { #expect(pool.cede()) }
            try await pool.run(Self.sleeping())
            #expect(pool.hasConnections)
        }
    }

    @Test("Refused statements are not sent again at once, and succeed once their tables exist")
    func refused() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 2, waitTimeout: .seconds(600))
            defer { pool.close() }
            let missing: Statement = "SELECT number FROM missing"
            for _ in 0..<500 { await #expect(throws: PostgresError.self) { try await pool.run(missing()) } }
            let refused: Statement = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
            let count = try await database.pool.run(refused()).first?.int(0) ?? 0
            #expect(count < 100)
            try await database.sql("CREATE TABLE missing AS SELECT 7 AS number")
            let rows = try await soon { try await pool.run(missing()) }
            #expect(try rows.first?.int(0) == 7)
        }
    }
}
