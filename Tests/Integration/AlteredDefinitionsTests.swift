import Foundation
import HeksherStore
import InMemoryLogging
import LibPQ
import Logging
import PostgresTesting
import Testing

@testable import HeksherServer

/// Alterations of the database schema that change data, or allow changes, without a new revision. The service notices
/// them within a second, logs each once, and logs the recovery.
@Suite struct AlteredDefinitionsTests {
    private static let target = "/api/v1/query?include_metadata=true"
    private static let change = "UPDATE rules SET value = '7'"
    private static let blind = "queries read the tables, because the database does not report every change"
    private static let seeing = "the database reports every change again"
    private static let altered =
        "everything is read again, since tables, triggers or functions of the database were altered"

    private static func with(_ test: (ServiceUnderTest, InMemoryLogHandler) async throws -> Void) async throws {
        var handler = InMemoryLogHandler()
        handler.logLevel = .notice
        let log = handler
        try await ServiceUnderTest.with(features: ["t"], logger: Logger(label: "test") { _ in log }) { api in
            try await api.declare("a", features: ["t"])
            try await api.addRule("a", ["t": "x"], 1)
            try await api.client.replaceRuleMetadata(ruleId: 1, body: .init(metadata: ["k": 1])).noContent()
            try await api.expectFromMemory(target)
            try await test(api, log)
        }
    }

    /// Repeats a query until the response equals that of the tables, and expects that this takes little time.
    private static func expectNoticed(_ api: ServiceUnderTest, at location: SourceLocation = #_sourceLocation)
        async throws
    {
        let connection = try await RawConnection(port: api.port)
        let stopwatch = PatientStopwatch()
        let expected = try await api.answerOfTables(target).text
        var answer = ""
        repeat {
            answer = try await connection.get(target).body
            if answer == expected { break }
            try await Task.sleep(for: .milliseconds(20))
        } while stopwatch.time < .seconds(10)
        #expect(answer == expected, sourceLocation: location)
        // One second, plus the time that a busy machine takes to read.
        #expect(stopwatch.time < .seconds(3), sourceLocation: location)
    }

    private static func wait(
        for message: String, _ api: ServiceUnderTest, _ log: InMemoryLogHandler, at location: SourceLocation
    ) async throws {
        let connection = try await RawConnection(port: api.port)
        let stopwatch = PatientStopwatch()
        while log.count(message) == 0, stopwatch.time < .seconds(10) {
            _ = try await connection.get(target)
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(log.count(message) == 1, "\(message)", sourceLocation: location)
    }

    @Test(
        "Data that an alteration changes are served correctly, and the alteration is logged once",
        arguments: [
            "ALTER TABLE rules ALTER value TYPE varchar USING '5'",
            "ALTER TABLE rule_metadata ALTER value TYPE jsonb USING '5'::jsonb",
            "ALTER TABLE conditions ALTER feature_value TYPE text USING 'y'",
            "ALTER TABLE settings ADD COLUMN other varchar NOT NULL DEFAULT '9'; ALTER TABLE settings RENAME default_value TO former; "
                + "ALTER TABLE settings RENAME other TO default_value",
            "BEGIN; ALTER TABLE rules DISABLE TRIGGER heksher_change; \(change); ALTER TABLE rules ENABLE ALWAYS TRIGGER heksher_change; COMMIT",
            "BEGIN; ALTER FUNCTION heksher_public.note_rule() RENAME TO other; CREATE FUNCTION heksher_public.note_rule() RETURNS trigger "
                + "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; ALTER TABLE rules DISABLE TRIGGER USER; \(change); "
                + "ALTER TABLE rules ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation, ENABLE ALWAYS TRIGGER heksher_emptying; "
                + "DROP FUNCTION heksher_public.note_rule(); ALTER FUNCTION heksher_public.other() RENAME TO note_rule; COMMIT",
            "CREATE RULE r AS ON UPDATE TO settings WHERE false DO INSTEAD NOTHING",
        ])
    func unseenChanges(alteration: String) async throws {
        try await Self.with { api, log in
            try await api.sql(alteration)
            try await Self.expectNoticed(api)
            try await Self.wait(for: Self.altered, api, log, at: #_sourceLocation)
            try await api.expectFromMemory(Self.target)
            #expect(log.count(Self.altered) == 1 && log.count(Self.blind) == 0)
        }
    }

    private struct Blinding: Sendable {
        var alteration: String
        /// A change that creates no new revision.
        var change = AlteredDefinitionsTests.change
        var undoing: String
        /// The reason in the log.
        var reason: String
    }

    private static let blindings = [
        Blinding(
            alteration: "ALTER TABLE rules DISABLE TRIGGER ALL; \(change); ALTER TABLE rules ENABLE TRIGGER ALL",
            undoing:
                "ALTER TABLE rules ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation, "
                + "ENABLE ALWAYS TRIGGER heksher_emptying",
            reason: "triggers"),
        Blinding(
            alteration:
                "DROP TRIGGER heksher_change ON rules; CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON "
                + "rules DEFERRABLE FOR EACH ROW WHEN (false) EXECUTE FUNCTION heksher_public.note_rule(); "
                + "ALTER TABLE rules ENABLE ALWAYS TRIGGER heksher_change",
            undoing:
                "DROP TRIGGER heksher_change ON rules; CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON "
                + "rules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heksher_public.note_rule(); "
                + "ALTER TABLE rules ENABLE ALWAYS TRIGGER heksher_change",
            reason: "triggers"),
        Blinding(
            alteration: "CREATE TABLE kid () INHERITS (settings); INSERT INTO kid VALUES ('kid', 'int', '9', '1.0')",
            change: "UPDATE kid SET default_value = '10'", undoing: "DROP TABLE kid", reason: "inherits"),
        Blinding(
            alteration: "ALTER TABLE settings ENABLE ROW LEVEL SECURITY",
            undoing: "ALTER TABLE settings DISABLE ROW LEVEL SECURITY",
            reason: "row-level security"),
        Blinding(
            alteration: "ALTER TABLE rule_metadata SET UNLOGGED", undoing: "ALTER TABLE rule_metadata SET LOGGED",
            reason: "not logged"),
        Blinding(
            alteration: "ALTER FUNCTION heksher_public.note_rule() SECURITY INVOKER",
            undoing: "ALTER FUNCTION heksher_public.note_rule() SECURITY DEFINER", reason: "functions"),
        Blinding(
            alteration: "CREATE TABLE kept AS SELECT pg_get_functiondef('heksher_public.record'::regproc) AS text; "
                + "CREATE OR REPLACE FUNCTION heksher_public.record(row_kind \"char\", row_setting varchar, row_rule integer, "
                + "row_part varchar, row_before text, row_value jsonb DEFAULT NULL) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS 'BEGIN END'; \(change)",
            undoing: "DO $$ BEGIN EXECUTE (SELECT text FROM kept); END $$; DROP TABLE kept", reason: "functions"),
        Blinding(
            alteration: "CREATE TYPE mood AS ENUM ('1'); ALTER TABLE rules ALTER value TYPE mood USING '1'",
            change: "ALTER TYPE mood RENAME VALUE '1' TO '2'", undoing: "ALTER TABLE rules ALTER value TYPE varchar",
            reason: "type"),
    ]

    @Test(
        "If changes may create no revision, queries read the tables, and the log reports the loss and the recovery",
        arguments: blindings.indices)
    func blindness(index: Int) async throws {
        let blinding = Self.blindings[index]
        try await Self.with { api, log in
            try await api.sql(blinding.alteration)
            try await Self.expectNoticed(api)
            try await Self.wait(for: Self.blind, api, log, at: #_sourceLocation)
            #expect(
                log.entries.contains { "\($0.metadata["reason"] ?? "")".contains(blinding.reason) },
                "\(log.entries.map(\.metadata))")
            for _ in 0..<2 {
                try await api.sql(blinding.change)
                let expected = try await api.answerOfTables(Self.target).text
                #expect(try await RawConnection(port: api.port).get(Self.target).body == expected)
                if blinding.change.hasPrefix("ALTER") { break }
            }
            try await api.sql(blinding.undoing)
            try await Self.wait(for: Self.seeing, api, log, at: #_sourceLocation)
            try await api.expectFromMemory(Self.target)
            #expect(log.count(Self.blind) == 1 && log.count(Self.seeing) == 1)
            try await api.sql("UPDATE settings SET default_value = '11'")
            #expect(try await api.client.queryRules().ok.body.settings["a"]?.defaultValue == 11)
        }
    }

    @Test("If other tables get the same names, all connections soon serve them")
    func otherTables() async throws {
        try await TestDatabase.with { database in
            try await database.withRole { role in
                try await database.sql(
                    """
                    CREATE SCHEMA one AUTHORIZATION \(role.name); CREATE SCHEMA two AUTHORIZATION \(role.name);
                    GRANT CREATE ON DATABASE \(database.name) TO \(role.name)
                    """)
                for (value, schema) in ["one", "two"].enumerated() {
                    try await database.sql("ALTER ROLE \(role.name) SET search_path = \(schema)")
                    let pool = PostgresPool(configuration: role.configuration, size: 1)
                    defer { pool.close() }
                    try await Store.migrations.apply(pool)
                    try await database.sql("INSERT INTO \(schema).settings VALUES ('a', 'int', '\(value)', '1.0')")
                }
                try await database.sql("ALTER ROLE \(role.name) SET search_path = one")
                try await ServiceUnderTest.running(on: database, configuration: role.configuration) { api in
                    for (schema, value) in [("two", 1), ("one", 0), ("nowhere", nil), ("two", 1)] {
                        try await database.sql("ALTER ROLE \(role.name) SET search_path = \(schema)")
                        let stopwatch = PatientStopwatch()
                        let expected = value.map { "\"default_value\":\($0)," } ?? "503"
                        var answer = ""
                        while !answer.contains(expected), stopwatch.time < .seconds(60) {
                            let response = try await api.send(.get, "/query")
                            answer = "\(response.status.code) \(response.text)"
                            try await Task.sleep(for: .milliseconds(20))
                        }
                        #expect(answer.contains(expected), "\(schema): \(answer)")
                        #expect(stopwatch.time < .seconds(30), "\(schema)")
                        // Connections that already exist may also take a while.
                        var right = 0
                        while right < 5, stopwatch.time < .seconds(60) {
                            let single = try await api.send(.get, "/settings/a")
                            right = "\(single.status.code) \(single.text)".contains(expected) ? right + 1 : 0
                            if right == 0 { try await Task.sleep(for: .milliseconds(20)) }
                        }
                        #expect(right == 5, "\(schema)")
                    }
                }
            }
        }
    }
}

extension InMemoryLogHandler {
    fileprivate func count(_ message: String) -> Int { entries.count { "\($0.message)" == message } }
}
