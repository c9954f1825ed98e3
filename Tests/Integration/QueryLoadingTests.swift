import Glibc
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

/// Reading everything may fail in the middle. Until it succeeds, queries read the tables.
@Suite struct QueryLoadingTests {
    private static let target = "/api/v1/query?settings=s1"
    /// Enough settings that they are read in several parts.
    private static let settings = """
        INSERT INTO settings SELECT 's' || n, 'int', '0', '1.0' FROM generate_series(1, 3000) AS n;
        INSERT INTO rules (setting, value) SELECT 's' || n, '1' FROM generate_series(1, 3000) AS n, generate_series(1, 3)
        """
    private static let forgetting = "SELECT heksher_public.record('z', NULL, NULL, '', NULL)"

    /// Makes a change, and expects that the next response contains it.
    private static func expectCurrent(
        _ api: ServiceUnderTest, _ connection: RawConnection, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let value = Int.random(in: 1...1_000_000)
        try await api.sql("UPDATE settings SET default_value = '\(value)' WHERE name = 's1'")
        let answer = try await connection.get(target)
        #expect(
            answer.status == 200 && answer.body.contains(#""default_value":\#(value),"#), "\(answer)",
            sourceLocation: location)
    }

    @Test(
        "A lost connection or a cancelled statement while everything is read does not affect queries",
        arguments: ["pg_terminate_backend", "pg_cancel_backend"])
    func interrupted(how: String) async throws {
        try await ServiceUnderTest.with { api in
            try await api.sql(Self.settings)
            let connection = try await RawConnection(port: api.port)
            let interrupt = Statement(
                """
                SELECT count(\(how)(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
                    AND query LIKE '%BETWEEN $1::text AND $2::text%'
                """)
            let deadline = ContinuousClock.now + .seconds(30)
            var interruptions = 0
            while interruptions < 3, .now < deadline {
                try await api.sql(Self.forgetting)
                try await Self.expectCurrent(api, connection)
                for _ in 0..<20 {
                    interruptions += try await api.database.pool.run(interrupt()).first?.int(0) ?? 0
                }
            }
            #expect(interruptions >= 3)
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
            try await Self.expectCurrent(api, connection)
        }
    }

    @Test("A table altered while everything is read is noticed at the first query from memory")
    func alteredMeanwhile() async throws {
        try await ServiceUnderTest.with { api in
            try await api.sql(Self.settings)
            let connection = try await RawConnection(port: api.port)
            try await api.expectFromMemory(Self.target)
            let loading = Statement(
                """
                SELECT pid FROM pg_stat_activity
                WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
                    AND query LIKE '%BETWEEN $1::text AND $2::text%'
                """)
            var process: pid_t?
            let stopwatch = PatientStopwatch()
            while process == nil, stopwatch.time < .seconds(60) {
                try await api.sql(Self.forgetting)
                try await Self.expectCurrent(api, connection)
                for _ in 0..<20 where process == nil {
                    process = try await api.database.pool.run(loading()).first.map { pid_t(try $0.int(0)) }
                    if let stopped = process, kill(stopped, SIGSTOP) != 0 { process = nil }
                }
            }
            let stopped = try #require(process)
            do {
                defer { kill(stopped, SIGCONT) }
                try await api.sql(
                    """
                    CREATE TABLE more_rules (LIKE rules INCLUDING ALL);
                    INSERT INTO more_rules VALUES (2000000000, 's1', '77');
                    ALTER TABLE more_rules INHERIT rules
                    """)
                // Until the service has checked the definitions without a snapshot.
                for _ in 0..<30 {
                    #expect(try await connection.get(Self.target).body.contains(#""value":77"#))
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            for _ in 0..<300 {
                #expect(try await connection.get(Self.target).body.contains(#""value":77"#))
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test("An unreadable row among thousands does not affect queries of other settings")
    func unreadable() async throws {
        try await ServiceUnderTest.with { api in
            try await api.sql(Self.settings)
            let connection = try await RawConnection(port: api.port)
            try await api.expectFromMemory(Self.target)
            try await api.sql(
                """
                ALTER TABLE conditions DROP CONSTRAINT conditions_pkey;
                ALTER TABLE conditions ALTER COLUMN context_feature DROP NOT NULL;
                INSERT INTO conditions SELECT id, NULL, 'x' FROM rules WHERE setting = 's2000' LIMIT 1
                """)
            for _ in 0..<20 { try await Self.expectCurrent(api, connection) }
            try await api.sql("DELETE FROM conditions")
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
            try await Self.expectCurrent(api, connection)
        }
    }
}
