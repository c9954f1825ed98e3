import ContractRuntime
import HeksherAPI
import HeksherClient
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

/// Calls a deprecated operation without a warning: it must be as current as the others.
private protocol PatchingRules {
    func patchRule(_ input: PatchRule.Input) async throws(ContractRuntime.ClientError) -> PatchRule.Output
}

extension Client: PatchingRules {}

/// After any change by any path, the next query contains it.
@Suite struct QueryCurrencyTests {
    /// The content of the tables before each change.
    static let tables = """
        TRUNCATE settings, context_features, configurable, rules, conditions, setting_metadata, rule_metadata, setting_aliases
        RESTART IDENTITY;
        INSERT INTO context_features VALUES ('user', 0), ('theme', 1), ('env', 2);
        INSERT INTO settings VALUES ('a', 'int', '0', '1.0'), ('b', 'int', '0', '1.0'), ('c', 'int', '0', '1.0');
        INSERT INTO configurable SELECT s.name, f.name FROM settings s, context_features f;
        INSERT INTO rules (setting, value) VALUES ('a', '1'), ('a', '2'), ('b', '3');
        INSERT INTO conditions VALUES
            (1, 'theme', 'dark'), (1, 'user', 'ann'), (2, 'env', 'x'), (3, 'env', 'x'), (3, 'user', 'bob');
        INSERT INTO rule_metadata VALUES (1, 'k', '1'), (3, 'k', '1');
        INSERT INTO setting_metadata VALUES ('a', 'k', '1');
        INSERT INTO setting_aliases VALUES ('a', 'old'), ('b', 'former');
        """

    static let targets = [
        "/api/v1/query", "/api/v1/query?include_metadata=true", "/api/v1/query?settings=a,b",
        "/api/v1/query?settings=old,former,old&context_filters=user:*,theme:*,env:(x)", "/api/v1/query?settings=former",
        "/api/v1/query?settings=c", "/api/v1/query?settings=new&include_metadata=1",
    ]

    /// Queries everything, and compares the response with that of the tables.
    static func check(
        _ connection: RawConnection, _ api: ServiceUnderTest, after change: String,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> [String] {
        var bodies: [String] = []
        for target in targets {
            let expected = try await api.answerOfTables(target)
            let answer = try await connection.get(target)
            #expect(
                answer.status == expected.status.code && answer.body == expected.text, "\(target) after \(change)",
                sourceLocation: location)
            bodies.append(answer.body)
        }
        return bodies
    }

    /// Runs each change on the initial tables, after queries that memory answered.
    static func run(
        _ changes: [String], on api: ServiceUnderTest, by run: (String) async throws -> Void
    ) async throws {
        let connection = try await RawConnection(port: api.port)
        for change in changes {
            try await api.sql(tables)
            for _ in 0..<2 { _ = try await check(connection, api, after: "the beginning") }
            let before = try await check(connection, api, after: "the beginning")
            try await run(change)
            let after = try await check(connection, api, after: change)
            #expect(after != before, "\(change) changes no answer")
        }
    }

    static let changes = [
        "INSERT INTO settings VALUES ('new', 'int', '5', '1.0')",
        "UPDATE settings SET default_value = '5' WHERE name = 'a'",
        "UPDATE settings SET name = 'new' WHERE name = 'a'",
        "DELETE FROM settings WHERE name = 'a'",
        "TRUNCATE settings CASCADE",
        "INSERT INTO rules (setting, value) VALUES ('c', '5')",
        "UPDATE rules SET value = '5' WHERE id = 1",
        "UPDATE rules SET value = repeat('[', 9000) || repeat(']', 9000) WHERE id = 1",
        "UPDATE rules SET setting = 'c' WHERE id = 1",
        "UPDATE rules SET id = 77 WHERE id = 1",
        "DELETE FROM rules WHERE id = 1",
        "UPDATE rules SET value = '5'",
        "UPDATE rules SET value = '5' WHERE id IN (1, 3)",
        "INSERT INTO rules (id, setting, value) VALUES (-5, 'a', '7')",
        "INSERT INTO rules (id, setting, value) VALUES (0, 'b', '7'); INSERT INTO conditions VALUES (0, 'user', 'ann')",
        "DELETE FROM rules WHERE id = 3; INSERT INTO rules (id, setting, value) VALUES (3, 'c', '7')",
        "DELETE FROM rules WHERE id = 3; INSERT INTO rules (id, setting, value) VALUES (3, 'b', '7')",
        "TRUNCATE rules CASCADE",
        "INSERT INTO conditions VALUES (2, 'user', 'ann')",
        "UPDATE conditions SET feature_value = 'light' WHERE rule = 1 AND context_feature = 'theme'",
        "UPDATE conditions SET rule = 2 WHERE rule = 1 AND context_feature = 'theme'",
        "UPDATE conditions SET rule = 3 WHERE rule = 1 AND context_feature = 'theme'",
        "DELETE FROM conditions WHERE rule = 1",
        "TRUNCATE conditions",
        "INSERT INTO rule_metadata VALUES (2, 'k', '[]')",
        "UPDATE rule_metadata SET value = '2' WHERE rule = 1",
        "UPDATE rule_metadata SET rule = 2 WHERE rule = 3",
        "DELETE FROM rule_metadata",
        "TRUNCATE rule_metadata",
        "INSERT INTO setting_aliases VALUES ('c', 'new')",
        "UPDATE setting_aliases SET setting = 'c' WHERE alias = 'old'",
        "UPDATE setting_aliases SET alias = 'new' WHERE alias = 'old'",
        "DELETE FROM setting_aliases WHERE alias = 'old'",
        "TRUNCATE setting_aliases",
        "UPDATE context_features SET index = 9 WHERE name = 'user'",
        "UPDATE context_features SET name = 'person' WHERE name = 'user'",
        "INSERT INTO context_features VALUES ('tenant', 3); INSERT INTO conditions VALUES (1, 'tenant', 'x')",
        "INSERT INTO context_features VALUES ('tenant', -1); INSERT INTO conditions VALUES (1, 'tenant', 'x')",
        "DELETE FROM conditions WHERE context_feature = 'theme'; DELETE FROM configurable WHERE context_feature = 'theme';"
            + "DELETE FROM context_features WHERE name = 'theme'",
        "TRUNCATE context_features, configurable, conditions",
        // Several changes in one transaction, and some that are rolled back.
        "BEGIN; UPDATE rules SET value = '5' WHERE id = 1; DELETE FROM settings WHERE name = 'b';"
            + "INSERT INTO setting_aliases VALUES ('c', 'b'); COMMIT",
        "BEGIN; SAVEPOINT s; UPDATE rules SET value = '5' WHERE id = 1; ROLLBACK TO s;"
            + "UPDATE rules SET value = '6' WHERE id = 3; COMMIT",
        "BEGIN; SET CONSTRAINTS ALL IMMEDIATE; SAVEPOINT s; UPDATE rules SET value = '5' WHERE id = 1; ROLLBACK TO s;"
            + "UPDATE rules SET value = '6' WHERE id = 1; COMMIT",
        "BEGIN; SET CONSTRAINTS ALL IMMEDIATE; UPDATE rules SET value = '5' WHERE id = 1; SAVEPOINT s;"
            + "UPDATE rules SET value = '6' WHERE id = 3; ROLLBACK TO s; UPDATE rules SET value = '7' WHERE id = 3; COMMIT",
        "BEGIN; UPDATE rules SET value = '5' WHERE id = 1; SET CONSTRAINTS ALL IMMEDIATE;"
            + "UPDATE rules SET value = '6' WHERE id = 3; COMMIT",
        "BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE rules SET value = '5' WHERE id = 1; COMMIT",
        "BEGIN ISOLATION LEVEL REPEATABLE READ; DELETE FROM rule_metadata WHERE rule = 1; COMMIT",
        // A new name, another setting with the same name, and names that are swapped.
        "DELETE FROM settings WHERE name = 'a'; INSERT INTO settings VALUES ('a', 'int', '5', '1.0')",
        "UPDATE settings SET name = 'new' WHERE name = 'a'; UPDATE settings SET name = 'a' WHERE name = 'b'",
        "UPDATE setting_aliases SET alias = 'a' WHERE alias = 'old'; UPDATE settings SET name = 'old' WHERE name = 'a'",
        "UPDATE setting_aliases SET alias = 'b' WHERE alias = 'old'; UPDATE settings SET name = 'new' WHERE name = 'b'",
        "DELETE FROM settings WHERE name = 'a'; INSERT INTO setting_aliases VALUES ('b', 'a'), ('c', 'old')",
        "INSERT INTO setting_aliases VALUES ('a', 'c')",
        // Names that only SQL can create.
        "INSERT INTO settings VALUES ('new x', 'int', '5', '1.0'), ('new', 'int', '5', '1.0')",
        "INSERT INTO settings VALUES ('', 'int', '5', '1.0'); UPDATE settings SET name = '/3' WHERE name = 'c'",
        "UPDATE settings SET name = '{\"c\\,NULL}' WHERE name = 'c'; INSERT INTO settings VALUES ('NULL', 'int', '5', '1.0')",
        // More changes than there are notes for.
        "INSERT INTO settings SELECT 'c' || n, 'int', n, '1.0' FROM generate_series(1, 1500) AS n;"
            + "UPDATE rules SET value = '5' WHERE id = 3",
        "UPDATE rules SET value = 'no JSON' WHERE id = 3; UPDATE rules SET value = '4' WHERE id = 3",
        "UPDATE rules SET value = 'no JSON' WHERE id = 3; UPDATE rules SET value = '4' WHERE id IN (1, 3)",
    ]

    @Test("After any change by SQL, the next query contains it")
    func sql() async throws {
        try await ServiceUnderTest.with { api in
            try await Self.run(Self.changes, on: api) { try await api.sql($0) }
        }
    }

    @Test("After any change by a role that may only write the original tables, the next query contains it")
    func role() async throws {
        try await ServiceUnderTest.with { api in
            let role = "writer_\(api.database.name)"
            try await api.sql(
                """
                CREATE ROLE \(role);
                GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON settings, context_features, configurable, rules, conditions,
                    setting_metadata, rule_metadata, setting_aliases TO \(role);
                GRANT USAGE ON SEQUENCE rules_id_seq TO \(role)
                """)
            let changes = Self.changes.filter { !$0.hasPrefix("BEGIN") }
            let result = await Result {
                try await Self.run(changes, on: api) { try await api.sql("SET LOCAL ROLE \(role); \($0)") }
            }
            try await api.sql("DROP OWNED BY \(role); DROP ROLE \(role)")
            try result.get()
        }
    }

    @Test("After any change through this or another instance, the next query contains it")
    func operations() async throws {
        let operations: [(name: String, run: (Client) async throws -> Void)] = [
            (
                "rule",
                {
                    let rule = Schemas.RuleAddition(
                        setting: "c", featureValues: ["env": "x"], value: 5, metadata: ["k": 1])
                    _ = try await $0.addRule(body: rule).created
                }
            ),
            ("value", { try await $0.changeRuleValue(ruleId: 1, body: .init(value: 5)).noContent() }),
            (
                "deprecated value",
                { try await ($0 as any PatchingRules).patchRule(.init(ruleId: 1, body: .init(value: 5))).noContent() }
            ),
            ("no rule", { try await $0.deleteRule(ruleId: 1).noContent() }),
            ("merge", { try await $0.mergeRuleMetadata(ruleId: 2, body: .init(metadata: ["k": 1])).noContent() }),
            ("replace", { try await $0.replaceRuleMetadata(ruleId: 1, body: .init(metadata: ["l": 1])).noContent() }),
            ("clear", { try await $0.clearRuleMetadata(ruleId: 1).noContent() }),
            ("key", { try await $0.setRuleMetadataKey(ruleId: 1, key: "k", body: .init(value: 2)).noContent() }),
            ("no key", { try await $0.deleteRuleMetadataKey(ruleId: 1, key: "k").noContent() }),
            (
                "setting",
                { client in
                    let setting = Schemas.SettingDeclaration(
                        name: "new", configurableFeatures: ["user"], type: "int", defaultValue: 5)
                    _ = try await client.declareSetting(body: setting).ok
                }
            ),
            (
                "default",
                { client in
                    let setting = Schemas.SettingDeclaration(
                        name: "a", configurableFeatures: ["user", "theme", "env"], type: "int", defaultValue: 5,
                        version: "1.1")
                    _ = try await client.declareSetting(body: setting).ok
                }
            ),
            (
                "declared name",
                { client in
                    let setting = Schemas.SettingDeclaration(
                        name: "new", configurableFeatures: ["user", "theme", "env"], type: "int", defaultValue: 0,
                        alias: "a",
                        version: "1.1")
                    _ = try await client.declareSetting(body: setting).ok
                }
            ),
            ("name", { try await $0.renameSetting(name: "a", body: .init(name: "new", version: "1.1")).noContent() }),
            ("swap", { try await $0.renameSetting(name: "a", body: .init(name: "old", version: "1.1")).noContent() }),
            ("no setting", { try await $0.deleteSetting(name: "old").noContent() }),
            ("order", { try await $0.moveContextFeature(name: "user", body: .after("env")).noContent() }),
            ("other order", { try await $0.moveContextFeature(name: "env", body: .before("user")).noContent() }),
            (
                "again",
                { client in
                    try await client.deleteSetting(name: "a").noContent()
                    let setting = Schemas.SettingDeclaration(
                        name: "a", configurableFeatures: ["user"], type: "int", defaultValue: 0)
                    _ = try await client.declareSetting(body: setting).ok
                }
            ),
            (
                "feature",
                { client in
                    try await client.addContextFeature(body: .init(contextFeature: "tenant")).noContent()
                    let features = Schemas.ConfigurableFeaturesChange(
                        configurableFeatures: ["user", "theme", "env", "tenant"], version: "2.0")
                    try await client.changeConfigurableFeatures(name: "c", body: features).noContent()
                    let rule = Schemas.RuleAddition(setting: "c", featureValues: ["tenant": "x", "env": "x"], value: 5)
                    _ = try await client.addRule(body: rule).created
                }
            ),
        ]
        let names = operations.map(\.name)
        try await ServiceUnderTest.with { api in
            try await ServiceUnderTest.running(on: api.database) { other in
                for service in [api, other] {
                    try await Self.run(names, on: api) { name in
                        try await operations.first { $0.name == name }?.run(service.client)
                    }
                }
            }
        }
    }

    @Test("Conditions keep the order of context features when features are added, moved and deleted")
    func featureOrder() async throws {
        try await ServiceUnderTest.with { api in
            try await api.sql(Self.tables)
            let connection = try await RawConnection(port: api.port)
            let target = "/api/v1/query?settings=a"
            let rule = #""context_features":[["user","ann"],["theme","dark"]]"#
            for _ in 0..<3 { #expect(try await connection.get(target).body.contains(rule)) }
            let client = api.client
            try await client.addContextFeature(body: .init(contextFeature: "tenant")).noContent()
            #expect(try await connection.get(target).body.contains(rule))
            try await api.sql("INSERT INTO conditions VALUES (1, 'tenant', 'x')")
            let longer = #""context_features":[["user","ann"],["theme","dark"],["tenant","x"]]"#
            #expect(try await connection.get(target).body.contains(longer))
            try await client.moveContextFeature(name: "tenant", body: .before("theme")).noContent()
            let moved = #""context_features":[["user","ann"],["tenant","x"],["theme","dark"]]"#
            #expect(try await connection.get(target).body.contains(moved))
            try await client.moveContextFeature(name: "user", body: .after("theme")).noContent()
            let last = #""context_features":[["tenant","x"],["theme","dark"],["user","ann"]]"#
            #expect(try await connection.get(target).body.contains(last))
            try await api.sql("DELETE FROM conditions WHERE context_feature = 'theme'; DELETE FROM configurable")
            try await client.deleteContextFeature(name: "theme").noContent()
            let shorter = #""context_features":[["tenant","x"],["user","ann"]]"#
            #expect(try await connection.get(target).body.contains(shorter))
            // The feature that now has its place is not confused with it.
            let filtered = try await connection.get("\(target)&context_filters=theme:*,user:*")
            #expect(!filtered.body.contains("context_features"))
        }
    }

    private static let toOthers: [(name: String, change: @Sendable (ServiceUnderTest) async throws -> Void)] = [
        ("rename its setting", { try await $0.rename("a", to: "new", version: "1.1") }),
        ("give it to another setting", { try await $0.sql("UPDATE rules SET setting = 'c' WHERE id = 2") }),
    ]

    @Test(
        "Moving a rule in one transaction while another changes its parts leaves queries current",
        arguments: toOthers.map(\.name),
        // A change of this rule alone, and of another rule of its setting before.
        ["(2, 'k', '[7]')", "(1, 'l', '[7]'), (2, 'k', '[7]')"].flatMap { rows in
            ["BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN; SET CONSTRAINTS ALL IMMEDIATE"].map {
                "\($0); INSERT INTO rule_metadata VALUES \(rows)"
            }
        })
    func takenElsewhereMeanwhile(change: String, script: String) async throws {
        try await ServiceUnderTest.with { api in
            try await api.sql(Self.tables)
            let connection = try await RawConnection(port: api.port)
            try await api.withSlotOfItsOwn { slow in
                for _ in 0..<3 { _ = try await Self.check(connection, api, after: "the beginning") }
                try await slow.run(script: script)
                try await #require(Self.toOthers.first { $0.name == change }).change(api)
                _ = try await Self.check(connection, api, after: change)
                try await slow.run(script: "COMMIT")
            }
            let after = try await Self.check(connection, api, after: "the rule's change")
            #expect(after[1].contains(#""metadata":{"k":[7]}"#))
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
