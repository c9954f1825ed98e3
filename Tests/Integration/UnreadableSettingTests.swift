import HTTPTypes
import InMemoryLogging
import LibPQ
import Logging
import PostgresTesting
import Testing

@testable import HeksherServer

/// A change by SQL, and which data are unreadable after it.
struct RowDamage: Sendable, CustomTestStringConvertible {
    var sql: String
    /// The beginning of the sentence with the reason why the default or the rules are unreadable; `nil` if they are
    /// readable.
    var query: String?
    /// The same for the other attributes.
    var attributes: String?

    var testDescription: String { String(sql.prefix(120)) }
}

/// Rows that another program wrote and that the service cannot read. They affect only their own setting.
@Suite struct UnreadableSettingTests {
    /// Lets text columns contain any bytes, as in a damaged or badly upgraded database.
    private static let anyBytes = "CREATE CAST (bytea AS varchar) WITHOUT FUNCTION;"
    private static let tooLarge = "is NULL, or takes too much memory"

    static let damages: [RowDamage] = [
        RowDamage(
            sql: "UPDATE settings SET default_value = '1,5' WHERE name = 'bad'",
            query: "its default value is not JSON: expecting the end",
            attributes: "its default value is not JSON: expecting the end"),
        RowDamage(
            sql: "UPDATE settings SET default_value = repeat('[', 20000) WHERE name = 'bad'",
            query: "its default value is not JSON: more than", attributes: "its default value is not JSON: more than"),
        RowDamage(
            sql: """
                ALTER TABLE settings ALTER COLUMN default_value DROP NOT NULL;
                UPDATE settings SET default_value = NULL WHERE name = 'bad'
                """,
            query: "its default value \(tooLarge)", attributes: "its default value \(tooLarge)"),
        RowDamage(
            sql: "\(anyBytes) UPDATE settings SET default_value = '\\x22ff22'::bytea::varchar WHERE name = 'bad'",
            query: "its default value is not JSON: invalid UTF-8",
            attributes: "its default value is not JSON: invalid UTF-8"),
        RowDamage(
            sql: "UPDATE settings SET type = 'Duration' WHERE name = 'bad'",
            attributes: "its type cannot be parsed: expecting int"),
        RowDamage(
            sql: "\(anyBytes) UPDATE settings SET type = '\\xff'::bytea::varchar WHERE name = 'bad'",
            attributes: "its type is not UTF-8"),
        RowDamage(
            sql: "UPDATE settings SET version = 'two' WHERE name = 'bad'", attributes: "its version is not MAJOR.MINOR"),
        RowDamage(
            sql: "UPDATE rules SET value = 'yes' WHERE setting = 'bad'", query: "the value of rule 2 is not JSON"),
        RowDamage(
            sql: "UPDATE rules SET value = '\"' || repeat('x', 70000000) || '\"' WHERE setting = 'bad'",
            query: "the value of rule 2 \(tooLarge)"),
        RowDamage(
            sql: "\(anyBytes) UPDATE rules SET value = '\\x22c328'::bytea::varchar WHERE setting = 'bad'",
            query: "the value of rule 2 is not JSON"),
        RowDamage(
            sql: "UPDATE rules SET value = '[1, {\"k\": 1e400}]' WHERE setting = 'bad'",
            query: "the value of rule 2 has a number beyond the range of a double"),
        RowDamage(
            sql: "INSERT INTO rule_metadata VALUES (2, 'l', '[1e400]')",
            query: "the metadata of rule 2 has a number beyond the range of a double"),
        RowDamage(
            sql: "UPDATE settings SET default_value = repeat('9', 400) WHERE name = 'bad'",
            query: "its default value has a number beyond the range of a double",
            attributes: "its default value has a number beyond the range of a double"),
        // About 40 kB that expand to 1.3 GB, which PostgreSQL refuses to return.
        RowDamage(
            sql: """
                INSERT INTO rule_metadata
                SELECT 2, 'l', jsonb_agg('1e-16383'::jsonb) FROM generate_series(1, 80000)
                """,
            query: "the metadata of rule 2 \(tooLarge)"),
        RowDamage(
            sql: """
                INSERT INTO rule_metadata
                SELECT 2, 'l', jsonb_build_object('m', jsonb_agg('1e131071'::jsonb)) FROM generate_series(1, 100)
                """,
            query: "the metadata of rule 2 \(tooLarge)"),
        RowDamage(
            sql: """
                INSERT INTO setting_metadata
                SELECT 'bad', 'l', jsonb_agg('1e-16383'::jsonb) FROM generate_series(1, 80000)
                """,
            attributes: "its metadata \(tooLarge)"),
        // Each value can be read, but not all together.
        RowDamage(
            sql: """
                INSERT INTO setting_metadata
                SELECT 'bad', 'l' || n, (SELECT jsonb_agg('1e-16383'::jsonb) FROM generate_series(1, 200))
                FROM generate_series(1, 40) AS n
                """,
            attributes: "its metadata \(tooLarge)"),
        RowDamage(
            sql: """
                ALTER TABLE rule_metadata DROP CONSTRAINT rule_metadata_pkey;
                ALTER TABLE rule_metadata ALTER COLUMN key DROP NOT NULL;
                INSERT INTO rule_metadata VALUES (2, NULL, '1')
                """,
            query: "a metadata key of rule 2 \(tooLarge)"),
        RowDamage(
            sql: """
                ALTER TABLE setting_metadata DROP CONSTRAINT setting_metadata_pkey;
                ALTER TABLE setting_metadata ALTER COLUMN key DROP NOT NULL;
                INSERT INTO setting_metadata VALUES ('bad', NULL, '1')
                """,
            attributes: "its metadata \(tooLarge)"),
        RowDamage(
            sql: "\(anyBytes) UPDATE rule_metadata SET key = '\\xff'::bytea::varchar WHERE rule = 2",
            query: "a metadata key of rule 2 is not UTF-8"),
        RowDamage(
            sql: """
                ALTER TABLE conditions DROP CONSTRAINT conditions_context_feature_fkey;
                UPDATE conditions SET context_feature = 'tenant' WHERE rule = 2
                """,
            query: "rule 2 has a condition on an unknown context feature"),
        RowDamage(
            sql: """
                ALTER TABLE conditions ALTER COLUMN feature_value DROP NOT NULL;
                UPDATE conditions SET feature_value = NULL WHERE rule = 2
                """,
            query: "a condition of rule 2 \(tooLarge)"),
        RowDamage(
            sql: "\(anyBytes) UPDATE conditions SET feature_value = '\\xff'::bytea::varchar WHERE rule = 2",
            query: "a condition of rule 2 is not UTF-8"),
        RowDamage(
            sql: """
                \(anyBytes) ALTER TABLE context_features ALTER COLUMN index DROP NOT NULL;
                INSERT INTO context_features VALUES ('\\xff'::bytea::varchar, NULL);
                INSERT INTO conditions VALUES (2, '\\xff'::bytea::varchar, 'x')
                """,
            query: "the context feature of a condition of rule 2 is not UTF-8"),
    ]

    /// Damage after which every setting with a readable name stays readable.
    static let harmlessRows: [String] = [
        "UPDATE context_features SET index = index * 7 + 3",
        "ALTER TABLE context_features ALTER COLUMN index DROP NOT NULL; UPDATE context_features SET index = NULL",
        "\(anyBytes) INSERT INTO setting_aliases VALUES ('bad', '\\xff'::bytea::varchar)",
        "\(anyBytes) INSERT INTO settings VALUES ('\\xff'::bytea::varchar, 'int', '0', '1.0')",
        "\(anyBytes) INSERT INTO settings VALUES ('\\x6361ff'::bytea::varchar, 'int', '0', '1.0');"
            + "INSERT INTO rules (setting, value) VALUES ('\\x6361ff'::bytea::varchar, '1')",
        "\(anyBytes) INSERT INTO context_features VALUES ('\\xff'::bytea::varchar, 9)",
        "UPDATE rules SET value = '\"1e400\"' WHERE setting = 'bad'",
        "UPDATE rules SET value = '[1e300, \"1e400\", -1E-400]' WHERE setting = 'bad'",
        "INSERT INTO setting_metadata VALUES ('bad', 'l', '1e-16383')",
        "INSERT INTO rule_metadata VALUES (2, 'l', '1e-16383')",
    ]

    private static func with(_ test: (ServiceUnderTest, InMemoryLogHandler) async throws -> Void) async throws {
        var handler = InMemoryLogHandler()
        handler.logLevel = .warning
        let log = handler
        let logger = Logger(label: "test") { _ in log }
        try await ServiceUnderTest.with(features: ["user", "theme"], logger: logger) { api in
            for name in ["a", "bad", "other"] {
                try await api.ask(declaring: name, ["metadata": #"{"k":1}"#])
                try await api.ask(addingRuleTo: name, #"{"theme":"dark"}"#, "1")
            }
            try await api.sql("INSERT INTO rule_metadata SELECT id, 'k', '1' FROM rules")
            try await api.expectFromMemory("/api/v1/query")
            try await test(api, log)
        }
    }

    /// Queries everything, and each setting.
    private static func check(
        _ api: ServiceUnderTest, _ damage: RowDamage, at location: SourceLocation = #_sourceLocation
    ) async throws {
        func names(_ path: String) async throws -> [String] {
            let answer = try await api.send(.get, path)
            #expect(answer.status == 200, "\(path): \(answer.text.prefix(300))", sourceLocation: location)
            return ["a", "bad", "other"].filter {
                answer.text.contains("\"\($0)\":{") || answer.text.contains("\"name\":\"\($0)\"")
            }
        }
        let queried = damage.query == nil ? ["a", "bad", "other"] : ["a", "other"]
        let listed = damage.attributes == nil ? ["a", "bad", "other"] : ["a", "other"]
        #expect(try await names("/query") == queried, sourceLocation: location)
        #expect(try await names("/query?include_metadata=1&context_filters=theme:(dark)") == queried)
        #expect(try await names("/query?settings=other,a") == ["a", "other"], sourceLocation: location)
        #expect(try await names("/settings") == listed, sourceLocation: location)
        #expect(try await names("/settings?include_additional_data=1") == listed, sourceLocation: location)
        #expect(try await names("/settings/a") == ["a"], sourceLocation: location)
        for (path, reason) in [("/query?settings=a,bad", damage.query), ("/settings/bad", damage.attributes)] {
            let answer = try await api.send(.get, path)
            if let reason {
                let isExpected = answer.summary.hasPrefix("503 the setting bad cannot be read: \(reason)")
                #expect(isExpected, "\(path): \(answer.summary.prefix(300))", sourceLocation: location)
                #expect(answer.headerFields[.retryAfter] == nil, sourceLocation: location)
            } else {
                #expect(answer.status == 200, "\(path): \(answer.summary.prefix(300))", sourceLocation: location)
            }
        }
    }

    @Test("An unreadable row affects only its own setting, and is logged once", arguments: damages)
    func damage(damage: RowDamage) async throws {
        try await Self.with { api, log in
            try await api.sql(damage.sql)
            for _ in 0..<3 { try await Self.check(api, damage) }
            try await api.expectFromMemory("/api/v1/query?settings=a,other")
            try await api.expectFromMemory("/api/v1/query")
            // Other settings can still be changed.
            #expect(try await api.ask(declaring: "a", ["metadata": #"{"k":1}"#]) == #"200 {"outcome":"uptodate"}"#)
            #expect(try await api.ask(declaring: "new") == #"200 {"outcome":"created"}"#)
            #expect(try await api.ask(addingRuleTo: "other", #"{"theme":"light"}"#, "5").hasPrefix("201 "))
            #expect(try await api.ask(.put, "/settings/a/name", #"{"name":"bad","version":"1.1"}"#).hasPrefix("409 "))
            try await Self.check(api, damage)
            try Self.expectReported(damage, log)

            // A service that starts reads the tables first, and then memory.
            try await ServiceUnderTest.running(on: api.database) { started in
                for _ in 0..<2 { try await Self.check(started, damage) }
                try await started.expectFromMemory("/api/v1/query")
                try await Self.check(started, damage)
            }

            #expect(try await api.ask(.delete, "/settings/bad") == "204")
            #expect(try await api.ask(declaring: "bad", ["metadata": #"{"k":1}"#]) == #"200 {"outcome":"created"}"#)
            try await Self.check(api, RowDamage(sql: ""))
            try Self.expectReported(damage, log)
        }
    }

    private static func expectReported(
        _ damage: RowDamage, _ log: InMemoryLogHandler, at location: SourceLocation = #_sourceLocation
    ) throws {
        let lines = log.entries.map { "\($0.level) \($0.message) \($0.metadata)" }
        let reported = log.entries.filter { $0.metadata["setting"] == "bad" && $0.level == .error }
        #expect(reported.count == 1, "\(lines)", sourceLocation: location)
        #expect(log.entries.count { $0.level >= .error } == 1, "\(lines)", sourceLocation: location)
        let reason = try #require(damage.query ?? damage.attributes)
        #expect(reported.first?.metadata["reason"].map { "\($0)".hasPrefix(reason) } == true, sourceLocation: location)
    }

    @Test("Other unusual rows leave every setting readable", arguments: harmlessRows)
    func harmless(sql: String) async throws {
        try await Self.with { api, log in
            try await api.sql(sql)
            for _ in 0..<3 { try await Self.check(api, RowDamage(sql: "")) }
            try await api.expectFromMemory("/api/v1/query")
            try await ServiceUnderTest.running(on: api.database) { started in
                for _ in 0..<2 { try await Self.check(started, RowDamage(sql: "")) }
                try await started.expectFromMemory("/api/v1/query")
            }
        }
    }

    @Test("A setting is reported again if it was repaired meanwhile or has another unreadable value")
    func again() async throws {
        try await Self.with { api, log in
            func reported(_ value: String) async throws -> Int {
                try await api.sql("UPDATE settings SET default_value = '\(value)' WHERE name = 'bad'")
                // Either operation may find it first.
                for path in ["/settings", "/query", "/settings", "/query"] { _ = try await api.send(.get, path) }
                return log.entries.count { $0.metadata["setting"] == "bad" }
            }
            for (value, count) in [("1,5", 1), ("1,6", 2), ("1.6", 2), ("1,6", 3)] {
                let reports = try await reported(value)
                #expect(reports == count, "\(value)")
            }
        }
    }

    @Test("At the same version, a declaration repairs unreadable attributes and changes nothing else")
    func declaring() async throws {
        try await Self.with { api, log in
            let members: KeyValuePairs = ["metadata": #"{"k":1}"#]
            func repair(_ sql: String, _ reason: String, version: String = "1.0") async throws {
                try await api.sql("UPDATE settings SET \(sql) WHERE name = 'bad'")
                let answer = try await api.ask(declaring: "bad", members)
                let begin =
                    #"200 {"outcome":"upgraded","previous_version":"\#(version)","differences":[{"level":"minor","message":""#
                #expect(answer.hasPrefix(begin + reason), "\(answer)")
                #expect(try await api.ask(declaring: "bad", members) == #"200 {"outcome":"uptodate"}"#)
                try await Self.check(api, RowDamage(sql: ""))
            }
            try await repair("default_value = '1,5'", "its default value is not JSON")
            try await repair("type = 'x', default_value = ''", "its type cannot be parsed")
            try await repair("version = ''", "its version is not MAJOR.MINOR", version: "0.0")
            try await api.sql("UPDATE settings SET default_value = 'x' WHERE name = 'bad'")
            #expect(
                try await api.ask(declaring: "bad", ["metadata": #"{"k":2}"#]).hasPrefix(#"409 {"outcome":"mismatch""#))
            try await api.sql("UPDATE settings SET type = 'x' WHERE name = 'bad'")
            let unfit = try await api.ask(
                declaring: "bad", ["metadata": #"{"k":1}"#, "type": #""str""#, "default_value": #""""#])
            #expect(unfit.hasPrefix(#"409 {"outcome":"rejected""#), "\(unfit)")
            try await repair("default_value = ''", "its type cannot be parsed")
            try await api.sql(
                """
                INSERT INTO setting_metadata
                SELECT 'bad', 'l', jsonb_agg('1e-16383'::jsonb) FROM generate_series(1, 80000)
                """)
            try await repair("default_value = '0'", "its metadata is NULL, or takes too much memory")
        }
    }

    @Test("An unreadable rule can be repaired with a new value or metadata, or deleted")
    func rules() async throws {
        try await Self.with { api, log in
            let broken = "503 the setting bad cannot be read: the value of rule 2 is not JSON"
            for (method, path, body) in [
                (HTTPRequest.Method.put, "/rules/2/value", #"{"value":7}"#), (.delete, "/rules/2", nil),
            ] {
                try await api.sql("UPDATE rules SET value = 'x' WHERE id = 2")
                #expect(try await api.ask(.get, "/rules/2").hasPrefix(broken))
                #expect(
                    try await api.ask(.put, "/settings/bad/type", #"{"type":"float","version":"2.0"}"#).hasPrefix(
                        broken))
                #expect(try await api.ask(method, path, body) == "204")
                try await Self.check(api, RowDamage(sql: ""))
            }
            try await api.sql(
                """
                INSERT INTO rule_metadata
                SELECT 1, 'l', jsonb_agg('1e-16383'::jsonb) FROM generate_series(1, 80000)
                """)
            #expect(
                try await api.ask(.get, "/rules/1/metadata").hasPrefix(
                    "503 the setting a cannot be read: the metadata of rule 1"))
            #expect(try await api.ask(.put, "/rules/1/metadata", #"{"metadata":{"k":3}}"#) == "204")
            #expect(try await api.ask(.get, "/rules/1/metadata") == #"200 {"metadata":{"k":3}}"#)
            try await Self.check(api, RowDamage(sql: ""))
        }
    }
}
