import LibPQ
import PostgresTesting
import Testing

@Suite struct SilentServerTests {
    @Test("A statement that waits for a lock may take longer than the silence timeout while the server is alive")
    func waiting() async throws {
        try await TestDatabase.with { database in
            var configuration = database.configuration
            configuration.silence = .seconds(1)
            let pool = PostgresPool(
                configuration: configuration, size: 2, waitTimeout: .seconds(60),
                statementTimeout: .seconds(60))
            defer { pool.close() }
            let lock: Statement = "SELECT FROM t FOR UPDATE"
            let processID: Statement = "SELECT pg_backend_pid()"
            try await pool.withConnection { holder in
                try await holder.run(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
                try await holder.run(script: "BEGIN; LOCK TABLE t")
                async let waiting = pool.withConnection { connection in
                    let before = try await connection.run(processID()).first?.int(0)
                    let rows = try await connection.run(lock())
                    return try await (rows.count, before == connection.run(processID()).first?.int(0))
                }
                try await Task.sleep(for: .milliseconds(3500))
                try await holder.run(script: "COMMIT")
                let (count, isSameConnection) = try await waiting
                #expect(count == 1 && isSameConnection)
            }
        }
    }

    @Test("A server that accepts no more connections counts as alive")
    func full() async throws {
        try await TestDatabase.with { database in
            var configuration = database.configuration
            configuration.silence = .seconds(1)
            let pool = PostgresPool(
                configuration: configuration, size: 1, waitTimeout: .seconds(60),
                statementTimeout: .seconds(60))
            defer { pool.close() }
            let sleep: Statement = "SELECT pg_sleep(2.5)"
            let name: Statement = "SELECT 1"
            try await pool.run(name())
            let server = try await TestServer.shared()
            try await server.run("ALTER DATABASE \(database.name) ALLOW_CONNECTIONS false")
            let rows = try await pool.run(sleep())
            #expect(rows.count == 1)
            try await server.run("ALTER DATABASE \(database.name) ALLOW_CONNECTIONS true")
        }
    }
}
