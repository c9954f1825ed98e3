import LibPQ
import PostgresTesting
import Synchronization
import Testing

private let number: Statement = "SELECT max(n) FROM t"
private let add: Statement = "INSERT INTO t VALUES ($1::int)"

private final class Number: Sendable {
    let value = Mutex(0)
}

@Suite struct CoalescedStatementTests {
    private static func with(
        _ statement: Statement = number, timeout: Duration = .seconds(5),
        _ test: (TestDatabase, CoalescedStatement<Int>) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            try await database.pool.withConnection {
                try await $0.run(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (0)")
            }
            let coalesced = CoalescedStatement(
                statement, configuration: database.configuration, statementTimeout: timeout
            ) { rows, _ in try rows.first?.int(0) ?? -1 }
            defer { coalesced.close() }
            try await test(database, coalesced)
        }
    }

    /// Ends all connections except the test's own.
    private static func hangUp(_ database: TestDatabase) async throws {
        let end: Statement = """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'SELECT max%'
            """
        try await database.pool.run(end())
    }

    @Test("Concurrent callers share statements, and each result is newer than its call")
    func sharing() async throws {
        try await Self.with { database, coalesced in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let written = Number()
                group.addTask {
                    for value in 1...200 {
                        try await database.pool.run(add(value))
                        written.value.withLock { $0 = value }
                    }
                }
                for _ in 0..<40 {
                    group.addTask {
                        for _ in 0..<50 {
                            let known = written.value.withLock { $0 }
                            let answer = try await coalesced.answer()
                            #expect(answer >= known)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await coalesced.answer() == 200)
        }
    }

    @Test("Callers that arrive during a statement share the next one")
    func batches() async throws {
        let runs = Number()
        try await TestDatabase.with { database in
            try await database.pool.withConnection {
                try await $0.run(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (0)")
            }
            let coalesced = CoalescedStatement(
                number, configuration: database.configuration, statementTimeout: .seconds(60)
            ) { _, _ in
                runs.value.withLock { runs in
                    runs += 1
                    return runs
                }
            }
            defer { coalesced.close() }
            let (answers, answer) = AsyncStream.makeStream(of: Result<Int, PostgresError>.self)
            var first: Task<Int, any Error>?
            try await Self.whileLocked(database) { _, isAsked in
                first = Task { try await coalesced.answer() }
                try await isAsked()
                for _ in 0..<100 { coalesced.ask { answer.yield($0) } }
            }
            var others: Set<Int> = []
            for await result in answers.prefix(100) { others.insert(try result.get()) }
            #expect(try await first?.value == 1)
            #expect(others == [2])
            #expect(runs.value.withLock { $0 } == 2)
        }
    }

    @Test("A connection that ended while idle is replaced without an error")
    func endedWhileIdle() async throws {
        try await Self.with { database, coalesced in
            for round in 0..<10 {
                #expect(try await coalesced.answer() == 0)
                try await Self.hangUp(database)
                // Before and after the client notices the end.
                try await Task.sleep(for: .milliseconds(round % 2 * 20))
            }
            #expect(try await coalesced.answer() == 0)
        }
    }

    /// Runs a test while the table is locked. `isAsked` waits until another connection waits for the lock.
    private static func whileLocked(
        _ database: TestDatabase, _ test: (PostgresConnection, _ isAsked: () async throws -> Void) async throws -> Void
    ) async throws {
        try await database.pool.withConnection { holder in
            try await holder.run(script: "BEGIN; LOCK TABLE t")
            try await test(holder) {
                let isAsked: Statement = "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND NOT granted"
                while try await holder.run(isAsked()).first?.int(0) == 0 { try await Task.sleep(for: .milliseconds(5)) }
            }
            try await holder.run(script: "COMMIT")
        }
    }

    @Test("If a connection ends during a statement, the statement is sent again on a new one")
    func endedWhileAsking() async throws {
        try await Self.with(timeout: .seconds(60)) { database, coalesced in
            #expect(try await coalesced.answer() == 0)
            var asking: [Task<Int, any Error>] = []
            try await Self.whileLocked(database) { holder, isAsked in
                asking = (0..<3).map { _ in Task { try await coalesced.answer() } }
                try await isAsked()
                try await Self.hangUp(database)
                try await isAsked()
                try await holder.run(add(1))
            }
            for task in asking { #expect(try await task.value == 1) }
        }
    }

    @Test("If the database is away, all callers fail, also those that wait; later, the statement is sent again")
    func databaseAway() async throws {
        try await Self.with { database, coalesced in
            #expect(try await coalesced.answer() == 0)
            let server = try await TestServer.shared()
            try await database.pool.withConnection { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
                let asking = (0..<5).map { _ in Task { try await coalesced.answer() } }
                try await Task.sleep(for: .milliseconds(50))
                // These wait for the next statement.
                let waiting = (0..<5).map { _ in Task { try await coalesced.answer() } }
                try await Task.sleep(for: .milliseconds(50))
                try await server.run("ALTER DATABASE \(database.name) ALLOW_CONNECTIONS false")
                let end = """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE datname = '\(database.name)' AND query LIKE 'SELECT max%'
                    """
                try await server.run(end)
                for task in asking + waiting {
                    let error = await #expect(throws: PostgresError.self) { try await task.value }
                    #expect(error?.isUnavailable == true)
                }
                try await connection.run(script: "ROLLBACK")
            }
            let duration = await PatientStopwatch.measure {
                for _ in 0..<50 { await #expect(throws: PostgresError.self) { try await coalesced.answer() } }
            }
            #expect(duration < .seconds(5))
            try await server.run("ALTER DATABASE \(database.name) ALLOW_CONNECTIONS true")
            try await Task.sleep(for: .milliseconds(150))
            #expect(try await coalesced.answer() == 0)
        }
    }

    @Test("A refused statement fails for all callers, is not sent again at once, and later succeeds")
    func refused() async throws {
        try await TestDatabase.with { database in
            let coalesced = CoalescedStatement(
                "SELECT pg_backend_pid() FROM u", configuration: database.configuration
            ) { rows, _ in try rows.first?.int(0) ?? -1 }
            defer { coalesced.close() }
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) { try await coalesced.answer() }
                #expect(error?.state == .undefinedTable)
            }
            try await database.pool.withConnection { try await $0.run(script: "CREATE TABLE u AS SELECT") }
            let process = try await soon { try await coalesced.answer() }
            #expect(try await coalesced.answer() == process)
        }
    }

    @Test("A statement that a deadlock ends is sent again")
    func deadlock() async throws {
        try await TestDatabase.with { database in
            // The statement locks the first table before it needs the second.
            let coalesced = CoalescedStatement(
                "SELECT * FROM first CROSS JOIN number_of_second()", configuration: database.configuration,
                statementTimeout: .seconds(60)
            ) { rows, _ in try rows.first?.int(0) ?? -1 }
            defer { coalesced.close() }
            try await database.pool.withConnection { connection in
                try await connection.run(
                    script: """
                        ALTER DATABASE \(database.name) SET deadlock_timeout = '3s'; CREATE TABLE first AS SELECT; CREATE TABLE second AS SELECT 7 AS number;
                        CREATE FUNCTION number_of_second() RETURNS int LANGUAGE plpgsql AS
                            'BEGIN RETURN (SELECT number FROM second); END'
                        """)
                // Because of its longer timeout, this transaction does not look for the deadlock. The statement does,
                // once this transaction waits as well.
                try await connection.run(script: "BEGIN; SET LOCAL deadlock_timeout = '1min'; LOCK TABLE second")
                let asking = Task { try await coalesced.answer() }
                let waiting: Statement =
                    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'second'::regclass"
                while try await database.pool.run(waiting()).first?.int(0) == 0 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                try await connection.run(script: "LOCK TABLE first; COMMIT")
                #expect(try await asking.value == 7)
            }
        }
    }

    @Test("A statement that exceeds the timeout fails")
    func timeout() async throws {
        try await Self.with(timeout: .seconds(3)) { database, coalesced in
            #expect(try await coalesced.answer() == 0)
            try await database.pool.withConnection { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
                await #expect(throws: PostgresError.timeout) { try await coalesced.answer() }
                try await connection.run(script: "ROLLBACK")
            }
            try await Task.sleep(for: .milliseconds(150))
            #expect(try await coalesced.answer() == 0)
        }
    }

    @Test("One of several waiting callers may cancel, at once and without effect on the others")
    func cancellation() async throws {
        try await Self.with(timeout: .seconds(60)) { database, coalesced in
            var asking: [Task<Int, any Error>] = []
            try await Self.whileLocked(database) { _, isAsked in
                asking = [Task { try await coalesced.answer() }]
                try await isAsked()
                let waiting = (0..<3).map { _ in Task { try await coalesced.answer() } }
                try await Task.sleep(for: .milliseconds(20))
                waiting[1].cancel()
                await #expect(throws: PostgresError.cancelled) { try await waiting[1].value }
                asking += [waiting[0], waiting[2]]
            }
            for task in asking { #expect(try await task.value == 0) }
            let cancelled = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await coalesced.answer()
            }
            cancelled.cancel()
            await #expect(throws: PostgresError.cancelled) { try await cancelled.value }
        }
    }

    @Test("After closing, waiting and new callers get an error")
    func closed() async throws {
        try await Self.with(timeout: .seconds(60)) { database, coalesced in
            var asking: Task<Int, any Error>?
            try await Self.whileLocked(database) { _, isAsked in
                asking = Task { try await coalesced.answer() }
                try await isAsked()
                let waiting = Task { try await coalesced.answer() }
                try await Task.sleep(for: .milliseconds(20))
                coalesced.close()
                await #expect(throws: PostgresError.closed) { try await waiting.value }
                await #expect(throws: PostgresError.closed) { try await coalesced.answer() }
            }
            #expect(try await asking?.value == 0)
        }
    }

    @Test(
        "Further statements run on the same connection at READ COMMITTED, without changes of the session's settings",
        arguments: ["read committed", "serializable"])
    func further(level: String) async throws {
        try await TestDatabase.with { database in
            try await database.sql("ALTER DATABASE \(database.name) SET default_transaction_isolation = '\(level)'")
            let process: Statement = """
                SELECT pg_backend_pid(), current_setting('transaction_isolation'), count(*) FROM pg_settings
                WHERE source = 'session' AND name NOT IN ('client_encoding', 'application_name')
                """
            let coalesced = CoalescedStatement(process, configuration: database.configuration) { rows, ask in
                let others = try ask(process())
                return [rows, others].compactMap(\.first)
            }
            defer { coalesced.close() }
            let rows = try await coalesced.answer()
            #expect(rows.count == 2)
            #expect(try rows[0].int(0) == rows[1].int(0))
            // PostgreSQL counts the level of a transaction as a setting of the session during the transaction.
            for row in rows { #expect(try row.string(1) == "read committed" && row.int(2) <= 1) }
        }
    }

    @Test("If a further statement is refused, all callers fail, and it is not sent again at once")
    func furtherRefused() async throws {
        try await TestDatabase.with { database in
            let (process, unknown): (Statement, Statement) = ("SELECT pg_backend_pid()", "SELECT 1 FROM u")
            let processes = Mutex<[Int]>([])
            let coalesced = CoalescedStatement(process, configuration: database.configuration) { rows, ask in
                let id = try rows.first?.int(0) ?? -1
                processes.withLock { $0.append(id) }
                return try ask(unknown()).count
            }
            defer { coalesced.close() }
            for _ in 0..<2 {
                let error = await #expect(throws: PostgresError.self) { try await coalesced.answer() }
                #expect(error?.state == .undefinedTable)
            }
            #expect(Set(processes.withLock { $0 }).count == 1)
        }
    }
}
