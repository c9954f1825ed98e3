import HeksherStore
import InMemoryLogging
import LibPQ
import Logging
import PostgresTesting
import Testing

@testable import HeksherServer

/// If the database does not record every change, queries read the tables.
@Suite struct QueryBlindnessTests {
    private static let target = "/api/v1/query?include_metadata=true"
    private static let settings = """
        INSERT INTO settings VALUES ('a', 'int', '0', '1.0');
        INSERT INTO rules (setting, value) VALUES ('a', '1')
        """
    private static let warning = "queries read the tables, because the database does not report every change"
    private static let notice = "the database reports every change again"

    /// - Parameter before: SQL that runs before the service starts.
    private static func with(
        before: String = "", _ test: (ServiceUnderTest, RawConnection, InMemoryLogHandler) async throws -> Void
    ) async throws {
        var handler = InMemoryLogHandler()
        handler.logLevel = .notice
        let log = handler
        try await ServiceUnderTest.with { api in
            try await api.sql(settings)
            try await api.sql(before)
            try await ServiceUnderTest.running(on: api.database, logger: Logger(label: "test") { _ in log }) { api in
                try await test(api, RawConnection(port: api.port), log)
            }
        }
    }

    /// Sends queries until the log has this message.
    private static func wait(
        for message: String, _ connection: RawConnection, _ log: InMemoryLogHandler,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let stopwatch = PatientStopwatch()
        while !log.entries.contains(where: { "\($0.message)" == message }), stopwatch.time < .seconds(5) {
            _ = try await connection.get(target)
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(log.entries.contains { "\($0.message)" == message }, "\(message)", sourceLocation: location)
    }

    /// Makes a change, and expects that the next response contains it.
    private static func expectCurrent(
        _ api: ServiceUnderTest, _ connection: RawConnection, at location: SourceLocation = #_sourceLocation
    ) async throws {
        for _ in 0..<3 {
            let value = Int.random(in: 1...1_000_000)
            try await api.sql("UPDATE rules SET value = '\(value)'")
            let answer = try await connection.get(target)
            let expected = try await api.answerOfTables(target).text
            #expect(answer.body == expected && answer.body.contains("\(value)"), sourceLocation: location)
        }
    }

    private static let removals = [
        (
            "ALTER TABLE rules DISABLE TRIGGER heksher_change", "ALTER TABLE rules ENABLE ALWAYS TRIGGER heksher_change"
        ),
        (
            "ALTER TABLE rules ENABLE REPLICA TRIGGER heksher_change",
            "ALTER TABLE rules ENABLE ALWAYS TRIGGER heksher_change"
        ),
        (
            "DROP TRIGGER heksher_truncation ON conditions",
            """
            CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON conditions EXECUTE FUNCTION heksher_public.note_everything();
            ALTER TABLE conditions ENABLE ALWAYS TRIGGER heksher_truncation
            """
        ),
    ]

    @Test(
        "Triggers missing at the start are logged once, and memory serves queries once they are restored",
        arguments: removals)
    func fromTheStart(removal: String, restoration: String) async throws {
        try await Self.with(before: removal) { api, connection, log in
            try await Self.wait(for: Self.warning, connection, log)
            try await Self.expectCurrent(api, connection)
            try await api.sql(restoration)
            try await Self.wait(for: Self.notice, connection, log)
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
            #expect(log.entries.map { "\($0.message)" }.filter { [Self.warning, Self.notice].contains($0) }.count == 2)
        }
    }

    @Test("Triggers that are removed later are noticed within seconds", arguments: removals)
    func underWay(removal: String, restoration: String) async throws {
        try await Self.with { api, connection, log in
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
            try await api.sql(removal)
            let duration = try await PatientStopwatch.measure {
                try await Self.wait(for: Self.warning, connection, log)
            }
            #expect(duration < .seconds(3))
            try await Self.expectCurrent(api, connection)
            try await api.sql(restoration)
            try await Self.wait(for: Self.notice, connection, log)
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
            #expect(log.entries.map { "\($0.message)" }.filter { [Self.warning, Self.notice].contains($0) }.count == 2)
        }
    }

    @Test("If the database becomes one with an older schema, queries read the tables")
    func olderSchema() async throws {
        try await Self.with { api, connection, log in
            try await Self.expectCurrent(api, connection)
            try await api.sql("DROP SCHEMA heksher_public CASCADE")
            try await Self.expectCurrent(api, connection)
            try await Self.wait(for: Self.warning, connection, log)
            #expect(log.entries.filter { "\($0.message)" == Self.warning }.count == 1)
            try await Store.migrations.apply(api.database.pool)
            try await Self.expectCurrent(api, connection)
            try await Self.wait(for: Self.notice, connection, log)
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
        }
    }
}
