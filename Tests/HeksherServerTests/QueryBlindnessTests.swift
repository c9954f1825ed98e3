import Foundation
import InMemoryLogging
import Logging
import Postgres
import PostgresTesting
import Testing

@testable import HeksherServer

/// A database that does not tell of every change is asked itself.
@Suite struct QueryBlindnessTests {
    private static let target = "/api/v1/query?include_metadata=true"
    private static let settings = """
        INSERT INTO settings VALUES ('a', 'int', '0', '1.0');
        INSERT INTO rules (setting, value) VALUES ('a', '1')
        """
    private static let warning =
        "queries read the tables: the database does not tell of changes, since triggers are missing or not always enabled"
    private static let migration = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "migrations/0003_revisions.sql")
    private static let notice = "the database tells of changes again"

    /// - Parameter before: what happens to the database before the service starts.
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

    /// Asks until there is such a line in the log.
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

    /// Alters tables, again if PostgreSQL ends a deadlock with who reads them at the cost of this.
    private static func alter(_ api: ServiceUnderTest, _ script: String) async throws {
        while true {
            do {
                return try await api.sql(script)
            } catch let error as PostgresError where error.state == .deadlockDetected {}
        }
    }

    /// Changes what is answered, and sees that it is.
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
            CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON conditions EXECUTE FUNCTION heksher_note_everything();
            ALTER TABLE conditions ENABLE ALWAYS TRIGGER heksher_truncation
            """
        ),
    ]

    @Test(
        "Triggers that are missing from the start are told once, and memory serves when they are there",
        arguments: removals)
    func fromTheStart(removal: String, restoration: String) async throws {
        try await Self.with(before: removal) { api, connection, log in
            try await Self.wait(for: Self.warning, connection, log)
            try await Self.expectCurrent(api, connection)
            try await Self.alter(api, restoration)
            try await Self.wait(for: Self.notice, connection, log)
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
            #expect(log.entries.map { "\($0.message)" }.filter { [Self.warning, Self.notice].contains($0) }.count == 2)
        }
    }

    @Test("Triggers that go missing under way are missed soon", arguments: removals)
    func underWay(removal: String, restoration: String) async throws {
        try await Self.with { api, connection, log in
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
            try await Self.alter(api, removal)
            let duration = try await PatientStopwatch.measure {
                try await Self.wait(for: Self.warning, connection, log)
            }
            #expect(duration < .seconds(3))
            try await Self.expectCurrent(api, connection)
            try await Self.alter(api, restoration)
            try await Self.wait(for: Self.notice, connection, log)
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
            #expect(log.entries.map { "\($0.message)" }.filter { [Self.warning, Self.notice].contains($0) }.count == 2)
        }
    }

    @Test("A database that turns into one of an older schema is served from its tables")
    func olderSchema() async throws {
        try await Self.with { api, connection, log in
            try await Self.expectCurrent(api, connection)
            try await Self.alter(
                api,
                """
                DROP FUNCTION heksher_note_setting, heksher_note_part_of_setting, heksher_note_rule, heksher_note_part_of_rule,
                    heksher_note_context_features, heksher_note_everything, heksher_take CASCADE;
                DROP TABLE heksher_revisions, heksher_changes
                """)
            try await Self.expectCurrent(api, connection)
            try await Self.wait(for: Self.warning, connection, log)
            #expect(log.entries.filter { "\($0.message)" == Self.warning }.count == 1)
            let migration = try String(contentsOf: Self.migration, encoding: .utf8)
            try await Self.alter(api, "DROP FUNCTION heksher_note, heksher_token; \(migration)")
            try await Self.expectCurrent(api, connection)
            try await Self.wait(for: Self.notice, connection, log)
            try await Self.expectCurrent(api, connection)
            try await api.expectFromMemory(Self.target)
        }
    }
}
