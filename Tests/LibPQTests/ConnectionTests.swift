import LibPQ
import PostgresTesting
import Testing

private let add: Statement = "INSERT INTO t VALUES ($1::int)"
private let countRows: Statement = "SELECT count(*) FROM t"
private let sleep: Statement = "SELECT pg_sleep($1::float8)"

@Suite struct ConnectionTests {
    static func withTable(_ body: @Sendable (PostgresPool) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await database.pool.withConnection { try await $0.run(script: "CREATE TABLE t (n int PRIMARY KEY)") }
            try await body(database.pool)
        }
    }

    static func count(_ pool: PostgresPool) async throws -> Int? {
        try await pool.run(countRows()).first?.int(0)
    }

    @Test("Parameters of all types come back unchanged")
    func values() async throws {
        try await TestDatabase.with { database in
            let echo: Statement = "SELECT $1::text, $2::int, $3::bool, $4::text[], $5::int[], $6::text"
            let nothing: String? = nil
            let text = "it's \"quoted\" \\ {a,b} é😀\n"
            let row = try #require(
                try await database.pool.run(echo(text, -5, true, [text, "", "NULL"], [1, 2], nothing)).first)
            #expect(try row.string(0) == text)
            #expect(try row.int(1) == -5)
            #expect(try row.bool(2))
            let elements: Statement = "SELECT unnest($1::text[])"
            let rows = try await database.pool.run(elements([text, "", "NULL"]))
            #expect(try rows.map { try $0.string(0) } == [text, "", "NULL"])
            #expect(try row.string(4) == "{1,2}")
            #expect(row.isNull(5))
            #expect(throws: PostgresError.self) { try row.string(5) }
            #expect(throws: PostgresError.self) { try row.int(0) }
        }
    }

    @Test("A batch is one transaction: if a statement fails, the earlier ones are rolled back")
    func atomicBatch() async throws {
        try await Self.withTable { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.run([add(1), add(2), add(1), add(3)])
            }
            #expect(error?.state == .uniqueViolation)
            #expect(try await Self.count(pool) == 0)
            let rows = try await pool.run([add(1), add(2), countRows()])
            #expect(rows.map(\.affectedCount).prefix(2) == [1, 1])
            #expect(try rows[2].first?.int(0) == 2)
        }
    }

    @Test("A statement that cannot be prepared fails each time, and other statements succeed")
    func preparation() async throws {
        try await TestDatabase.with { database in
            let wrong: Statement = "SELECT nope"
            let fine: Statement = "SELECT 1"
            for _ in 0..<2 {
                let error = await #expect(throws: PostgresError.self) {
                    try await database.pool.run([fine(), wrong()])
                }
                #expect(error?.state?.code == "42703")
                let rows = try await database.pool.run(fine())
                #expect(rows.count == 1)
            }
        }
    }

    @Test("If a pooler changes the session, statements that the new session lacks are prepared again")
    func pooler() async throws {
        try await Self.withTable { pool in
            try await pool.withConnection { connection in
                // As if the next transaction had another session: the prepared statements are missing.
                try await connection.run(add(1))
                try await connection.run(script: "DEALLOCATE ALL")
                _ = try await connection.run([countRows(), add(2)])
                try await connection.run(script: "DEALLOCATE ALL")
                try await connection.run(add(3))
            }
            #expect(try await Self.count(pool) == 3)
        }
    }

    @Test(
        "A transaction runs again if a pooler changes its session between two statements"
    )
    func transactionBehindPooler() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 1)
            defer { pool.close() }
            try await pool.withConnection { try await $0.run(script: "CREATE TABLE t (n int)") }
            let forget: Statement = "SELECT forget()"
            let script =
                "CREATE FUNCTION forget() RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE ''DEALLOCATE ALL''; END'"
            try await pool.withConnection { try await $0.run(script: script) }
            var attempts = 0
            try await pool.run(add(1))
            try await pool.transaction { transaction in
                attempts += 1
                _ = try await transaction.run(attempts == 1 ? [add(2), forget()] : [add(2)])
                try await transaction.commit(with: [add(3)])
            }
            #expect(attempts == 2)
            #expect(try await Self.count(pool) == 3)
        }
    }

    @Test("A connection to a read-only server is replaced")
    func readOnly() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 1)
            defer { pool.close() }
            let write: Statement = "CREATE TABLE t (n int)"
            try await pool.withConnection { try await $0.run(script: "SET default_transaction_read_only = on") }
            let error = await #expect(throws: PostgresError.self) { try await pool.run(write()) }
            #expect(error?.state?.code == "25006" && error?.isUnavailable == true)
            try await pool.run(write())
        }
    }

    @Test("After a failed transaction, the connection can be used at once")
    func failedTransaction() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 1)
            defer { pool.close() }
            let begin: Statement = "BEGIN"
            let fail: Statement = "SELECT 1 / 0"
            let fine: Statement = "SELECT pg_backend_pid()"
            let before = try await pool.run(fine()).first?.int(0)
            await #expect(throws: PostgresError.self) { try await pool.run([begin(), fail()]) }
            #expect(try await pool.run(fine()).first?.int(0) == before)
        }
    }

    @Test("A batch larger than the socket's buffers does not deadlock")
    func largeBatch() async throws {
        try await TestDatabase.with { database in
            let echo: Statement = "SELECT $1::text"
            let text = String(repeating: "x", count: 1 << 20)
            let rows = try await database.pool.run((0..<32).map { _ in echo(text) })
            #expect(try rows.allSatisfy { try $0.first?.string(0) == text })
        }
    }

    @Test("A text with NUL is refused before it is sent")
    func unstorableText() async throws {
        try await TestDatabase.with { database in
            let echo: Statement = "SELECT $1::text"
            await #expect(throws: PostgresError.unstorableText) { try await database.pool.run(echo("a\0b")) }
        }
    }

    @Test("Cancelling a task cancels its statement")
    func cancellation() async throws {
        try await TestDatabase.with { database in
            let duration = await PatientStopwatch.measure {
                let task = Task { try await database.pool.run(sleep("30")) }
                try? await Task.sleep(for: .milliseconds(100))
                task.cancel()
                await #expect(throws: PostgresError.cancelled) { try await task.value }
            }
            #expect(duration < .seconds(10))
            let fine: Statement = "SELECT 1"
            let rows = try await database.pool.run(fine())
            #expect(rows.count == 1)
        }
    }

    @Test("A task can be cancelled at any moment: before its statement is sent, during it, or as it begins")
    func cancellationAtOnce() async throws {
        try await TestDatabase.with { database in
            for microseconds in stride(from: 0, to: 2000, by: 50) {
                let task = Task {
                    if microseconds == 0 { while !Task.isCancelled { await Task.yield() } }
                    _ = try await database.pool.run(sleep("30"))
                }
                try await Task.sleep(for: .microseconds(microseconds))
                task.cancel()
                // If the cancellation is ignored, the task throws another error or none when the statement ends.
                await #expect(throws: PostgresError.cancelled) { try await task.value }
            }
        }
    }

    @Test("A statement that exceeds the timeout is cancelled, and its connection is replaced")
    func timeout() async throws {
        try await TestDatabase.with { database in
            let pool = PostgresPool(configuration: database.configuration, size: 1, statementTimeout: .seconds(3))
            defer { pool.close() }
            await #expect(throws: PostgresError.timeout) { try await pool.run(sleep("30")) }
            let fine: Statement = "SELECT 1"
            let rows = try await pool.run(fine())
            #expect(rows.count == 1)
        }
    }
}

@Suite struct TransactionTests {
    @Test("If the connection ends during a commit, the error says that the commit is unconfirmed")
    func unconfirmed() async throws {
        try await ConnectionTests.withTable { pool in
            let hangUp: Statement = "SELECT pg_terminate_backend(pg_backend_pid())"
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { try await $0.commit(with: [hangUp()]) }
            }
            guard case .unconfirmed = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(error?.isUnavailable == true)
            // A failure before the commit is known to be rolled back.
            let before = await #expect(throws: PostgresError.self) {
                try await pool.transaction { _ = try await $0.run([add(1), hangUp()]) }
            }
            guard case .connectionLost = before else {
                Issue.record("\(String(describing: before))")
                return
            }
            let count = try await ConnectionTests.count(pool)
            #expect(count == 0)
        }
    }

    @Test("A transaction without a commit is rolled back")
    func rollback() async throws {
        try await ConnectionTests.withTable { pool in
            try await pool.transaction { transaction in _ = try await transaction.run([add(1)]) }
            #expect(try await ConnectionTests.count(pool) == 0)
            struct Failure: Error {}
            await #expect(throws: Failure.self) {
                try await pool.transaction { transaction in
                    _ = try await transaction.run([add(1)])
                    throw Failure()
                }
            }
            #expect(try await ConnectionTests.count(pool) == 0)
            try await pool.transaction { transaction in
                _ = try await transaction.run([add(1)])
                try await transaction.commit(with: [add(2)])
            }
            #expect(try await ConnectionTests.count(pool) == 2)
        }
    }

    @Test("Two transactions that deadlock both succeed in the end")
    func deadlock() async throws {
        try await ConnectionTests.withTable { pool in
            _ = try await pool.run([add(1), add(2)])
            let lock: Statement = "SELECT FROM t WHERE n = $1::int FOR UPDATE"
            let update: Statement = "UPDATE t SET n = n + 10 WHERE n = $1::int"
            let locked = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (first, second) in [(1, 2), (2, 1)] {
                    group.addTask {
                        try await pool.transaction { transaction in
                            _ = try await transaction.run([lock(first)])
                            // Both hold their first lock before one requests its second. The second attempt continues
                            // at once.
                            await locked.count()
                            while await locked.value < 2 { try await Task.sleep(for: .milliseconds(5)) }
                            try await transaction.commit(with: [lock(second), update(first)])
                        }
                    }
                }
                // If one fails, the other does not wait any longer.
                for try await _ in group {}
            }
            let sum: Statement = "SELECT sum(n) FROM t"
            #expect(try await pool.run(sum()).first?.int(0) == 23)
        }
    }

    @Test("A transaction that collides is retried a limited number of times")
    func collisions() async throws {
        try await ConnectionTests.withTable { pool in
            let attempts = Counter()
            await #expect(throws: TransactionCollision.self) {
                try await pool.transaction(attempts: 3) { _ in
                    await attempts.count()
                    throw TransactionCollision()
                }
            }
            #expect(await attempts.value == 3)
        }
    }
}

actor Counter {
    var value = 0

    func count() { value += 1 }
}
