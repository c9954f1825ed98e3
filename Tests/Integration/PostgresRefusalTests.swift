import HeksherAPI
import InMemoryLogging
import LibPQ
import Logging
import PostgresTesting
import Testing

@testable import HeksherServer

/// If PostgreSQL refuses statements, clients and operator get the reason, and the service works otherwise.
@Suite struct PostgresRefusalTests {
    private static let line = "PostgreSQL refuses a statement"

    /// A service as a role with the documented rights.
    private static func with(
        _ test: (ServiceUnderTest, TestRole, InMemoryLogHandler) async throws -> Void
    ) async throws {
        var handler = InMemoryLogHandler()
        handler.logLevel = .warning
        let log = handler
        try await ServiceUnderTest.with(features: ["t"]) { owner in
            try await owner.declare("a", features: ["t"])
            try await owner.addRule("a", ["t": "x"], 1)
            try await owner.database.withRole { role in
                try await owner.sql(Grants.serving(role.name))
                try await ServiceUnderTest.running(
                    on: owner.database, configuration: role.configuration, logger: Logger(label: "test") { _ in log }
                ) { api in
                    try await test(api, role, log)
                }
            }
        }
    }

    /// Sends requests until the status is this one.
    private static func wait(
        for status: Int, _ path: String, _ api: ServiceUnderTest, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let stopwatch = PatientStopwatch()
        var answer = try await api.send(.get, path)
        while answer.status.code != status, stopwatch.time < .seconds(10) {
            try await Task.sleep(for: .milliseconds(20))
            answer = try await api.send(.get, path)
        }
        #expect(answer.status.code == status, "\(path): \(answer.summary)", sourceLocation: location)
    }

    private struct Fault: Sendable {
        var script: String
        var undoing: String
        /// The reason in the response and in the log.
        var reason: String
    }

    private static let faults = [
        Fault(script: "REVOKE SELECT ON rules FROM $", undoing: "GRANT SELECT ON rules TO $", reason: "rules (42501)"),
        Fault(
            script: "REVOKE SELECT ON setting_aliases FROM $", undoing: "GRANT SELECT ON setting_aliases TO $",
            reason: "setting_aliases (42501)"),
        Fault(
            script: "ALTER TABLE conditions RENAME TO other", undoing: "ALTER TABLE other RENAME TO conditions",
            reason: "(42P01)"),
        Fault(
            script: "ALTER TABLE rules RENAME value TO other", undoing: "ALTER TABLE rules RENAME other TO value",
            reason: "(42703)"),
        Fault(
            script: "REVOKE USAGE ON SCHEMA public FROM PUBLIC, $", undoing: "GRANT USAGE ON SCHEMA public TO PUBLIC",
            reason: "(42"),
    ]

    @Test(
        "If PostgreSQL refuses queries, they get 503 with the reason and health 500, until the right is restored",
        arguments: faults.indices)
    func queries(index: Int) async throws {
        let fault = Self.faults[index]
        try await Self.with { api, role, log in
            try await Self.wait(for: 200, "//api/health", api)
            try await api.sql(fault.script.replacing("$", with: role.name))
            // After a change, the service reads the tables and is refused.
            try await api.sql("UPDATE settings SET default_value = '1'")
            try await Self.wait(for: 503, "/query", api)
            let before = try await Self.statementCount(api, role)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        for _ in 0..<20 {
                            let answer = try await api.send(.get, "/query")
                            #expect(answer.status == .serviceUnavailable && answer.headerFields[.retryAfter] == "1")
                            let isExpected =
                                answer.text.hasPrefix("the database is unavailable: ")
                                && answer.text.contains(fault.reason)
                            #expect(isExpected, "\(answer.text)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            // Only a few of the requests reach PostgreSQL.
            let tries = try await Self.statementCount(api, role) - before
            #expect(tries < 300, "\(tries)")
            try await Self.wait(for: 500, "//api/health", api)
            let lines = log.entries.filter { "\($0.message)" == Self.line && $0.metadata["operation"] == "queryRules" }
            #expect(lines.count == 1 && lines.first?.level == .error, "\(lines.map(\.metadata))")
            let error = lines.first?.metadata["error"].map { "\($0)" } ?? ""
            #expect(error.contains(fault.reason))
            #expect(!log.entries.contains { "\($0.message)" == "unexpected error" })

            try await api.sql(fault.undoing.replacing("$", with: role.name))
            try await Self.wait(for: 200, "/query", api)
            try await Self.wait(for: 200, "//api/health", api)
            try await Self.wait(for: 200, "/settings/a", api)
            try await api.sql("UPDATE settings SET default_value = '2'")
            let settings = try await api.client.queryRules().ok.body.settings
            #expect(settings["a"]?.defaultValue == 2)
        }
    }

    /// The number of refused transactions of the role's sessions.
    private static func statementCount(_ api: ServiceUnderTest, _ role: TestRole) async throws -> Int {
        let statement: Statement = """
            SELECT (SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()), pg_stat_clear_snapshot()
            """
        return try await api.database.pool.run(statement()).first?.int(0) ?? 0
    }

    @Test("If the revision may not be read, queries read the tables, and this is logged once")
    func revisions() async throws {
        try await Self.with { api, role, log in
            // The first reading of everything has ended.
            try await api.expectFromMemory("/api/v1/query")
            try await api.sql("REVOKE SELECT ON heksher_revisions FROM \(role.name)")
            for value in 1...20 {
                try await api.sql("UPDATE settings SET default_value = '\(value)'")
                let settings = try await api.client.queryRules().ok.body.settings
                #expect(settings["a"]?.defaultValue == .init(integerLiteral: value))
            }
            let reasons = log.entries.filter { "\($0.message)".hasPrefix("queries read the tables") }
                .map { "\($0.metadata["reason"] ?? "")" }
            #expect(reasons.count == 1 && reasons.allSatisfy { $0.contains("heksher_revisions") }, "\(reasons)")
            try await Self.wait(for: 200, "//api/health", api)
            try await api.sql("GRANT SELECT ON heksher_revisions TO \(role.name)")
            try await api.expectFromMemory("/api/v1/query")
        }
    }

    @Test(
        "If PostgreSQL refuses a change, it gets 503 with the reason, and the next one succeeds",
        arguments: [
            "42501", "42P01", "0A000", "23514", "P0001", "XX000", "53400", "55006", "57014", "22012", "25006", "40001",
        ])
    func changes(state: String) async throws {
        try await Self.with { api, role, log in
            try await api.sql(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE 'not today' USING ERRCODE = '\(state)'; END $$;
                CREATE TRIGGER refuse BEFORE INSERT ON rules FOR EACH ROW EXECUTE FUNCTION refuse()
                """)
            for _ in 0..<5 {
                let answer = try await api.send(
                    .post, "/rules", #"{"setting":"a","feature_values":{"t":"y"},"value":1}"#)
                #expect(answer.status == .serviceUnavailable, "\(answer.summary)")
                #expect(
                    answer.text.hasPrefix("the database is unavailable") && answer.text.contains(state),
                    "\(answer.text)")
            }
            let lines = log.entries.filter { "\($0.message)" == Self.line }
            #expect(lines.count == 1, "\(lines.map(\.metadata))")
            // The instance stays healthy, so that a load balancer keeps it.
            let health = try await api.send(.get, "//api/health")
            #expect(health.status == .ok)
            try await api.sql("DROP TRIGGER refuse ON rules")
            try await api.addRule("a", ["t": "y"], 1)
        }
    }
}

/// The rights that docs/operating.md names.
enum Grants {
    static func reading(_ role: String) -> String {
        """
        GRANT USAGE ON SCHEMA public TO \(role);
        GRANT SELECT ON settings, context_features, configurable, rules, conditions, setting_metadata, rule_metadata, setting_aliases,
            alembic_version, heksher_revisions, heksher_changes, heksher_functions, heksher_migrations, heksher_history, heksher_items,
            heksher_beginning, heksher_present_change, heksher_scheduled TO \(role);
        """
    }

    static func serving(_ role: String) -> String {
        reading(role) + """
            GRANT INSERT, UPDATE, DELETE ON settings, context_features, configurable, rules, conditions, setting_metadata, rule_metadata,
                setting_aliases, heksher_scheduled TO \(role);
            GRANT USAGE ON SEQUENCE rules_id_seq TO \(role)
            """
    }
}
