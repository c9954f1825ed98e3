import ContractRuntime
import HeksherAPI
import HeksherStore
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

/// Changes by SQL that a service which answers from memory could miss.
@Suite struct FreshnessTests {
    /// A service with everything in memory: a setting `a` with rule 1, for `t=x` and with metadata, and rule 2, for
    /// `t=y`.
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["t"]) { api in
            try await api.declare("a", features: ["t"])
            try await api.addRule("a", ["t": "x"], 1)
            try await api.addRule("a", ["t": "y"], 2)
            try await api.client.replaceRuleMetadata(ruleId: 1, body: .init(metadata: ["k": 1])).noContent()
            try await api.remember()
            try await test(api)
        }
    }

    @Test(
        "A query sees a change at once, in any kind of transaction",
        arguments: [
            "BEGIN; SET LOCAL session_replication_role = replica; $; COMMIT",
            "BEGIN; SET CONSTRAINTS ALL IMMEDIATE; SAVEPOINT s; $; ROLLBACK TO s; SAVEPOINT s; $; RELEASE s; COMMIT",
            "BEGIN; SAVEPOINT s; UPDATE public.rules SET value = '8'; ROLLBACK TO s; $; COMMIT",
            "BEGIN ISOLATION LEVEL SERIALIZABLE; $; COMMIT",
            "BEGIN; CREATE TEMP TABLE rules (id int, setting varchar) ON COMMIT DROP; $; COMMIT",
            """
            BEGIN; CREATE TEMP TABLE heksher_revisions (LIKE public.heksher_revisions INCLUDING ALL) ON COMMIT DROP;
            CREATE TEMP TABLE heksher_changes (LIKE public.heksher_changes INCLUDING ALL) ON COMMIT DROP; $; COMMIT
            """,
            "BEGIN; INSERT INTO public.settings VALUES ('a b', 'int', '0', '1.0'); $; COMMIT",
            "BEGIN; $; INSERT INTO public.settings VALUES ('a b', 'int', '0', '1.0'); COMMIT",
        ],
        [
            "UPDATE public.rules SET value = '7' WHERE id = 1",
            "UPDATE public.conditions SET feature_value = 'z' WHERE rule = 1",
            "UPDATE public.rule_metadata SET value = '7' WHERE rule = 1",
            "UPDATE public.settings SET default_value = '7' WHERE name = 'a'",
        ])
    func wrapped(way: String, change: String) async throws {
        try await Self.with { api in
            let before = try await api.remember()
            try await api.sql(way.replacing("$", with: change))
            let after = try await api.remember()
            #expect(after["a"] != before["a"])
            #expect(try await api.tables() == after)
        }
    }

    @Test("A query sees changes by a transaction whose snapshot is older than a rename of the setting")
    func olderView() async throws {
        for change in [
            "UPDATE rule_metadata SET value = '7' WHERE rule = 1",
            "UPDATE conditions SET feature_value = 'z' WHERE rule = 1",
            "INSERT INTO rule_metadata VALUES (1, 'l', '7')", "DELETE FROM rule_metadata WHERE rule = 1",
        ] {
            try await Self.with { api in
                try await api.database.pool.withConnection { connection in
                    try await connection.run(
                        script: "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM rules; \(change)")
                    let number: Statement = "SELECT number FROM heksher_revisions WHERE slot = 7"
                    let former = try await api.database.pool.run(number()).first?.int(0)
                    try await api.rename("a", to: "b")
                    let isFree = try await api.database.pool.run(number()).first?.int(0) == former
                    // At most one slot is as in the older snapshot.
                    try await api.sql(
                        "UPDATE heksher_public.revisions SET number = number WHERE slot <> \(isFree ? 7 : 8)")
                    let before = try await api.remember()
                    try await connection.run(script: "COMMIT")
                    let after = try await api.remember()
                    #expect(after["b"] != before["b"], "\(change)")
                    #expect(try await api.tables() == after)
                }
            }
        }
    }

    @Test("A query during TRUNCATE and refilling in one transaction never sees empty tables", arguments: [true, false])
    func truncation(fromMemory: Bool) async throws {
        try await Self.with { api in
            let before = try await api.remember()
            try await api.database.pool.withConnection { connection in
                try await connection.run(
                    script: """
                        BEGIN;
                        CREATE TEMP TABLE kept_rules AS TABLE rules;
                        CREATE TEMP TABLE kept_conditions AS TABLE conditions;
                        CREATE TEMP TABLE kept_metadata AS TABLE rule_metadata;
                        UPDATE settings SET default_value = '5';
                        TRUNCATE rules CASCADE;
                        INSERT INTO rules TABLE kept_rules;
                        INSERT INTO conditions TABLE kept_conditions;
                        INSERT INTO rule_metadata TABLE kept_metadata;
                        SET CONSTRAINTS ALL IMMEDIATE
                        """)
                async let asked = fromMemory ? api.everything() : api.tables()
                // A query from memory does not wait.
                if fromMemory { try await Task.sleep(for: .milliseconds(100)) } else { try await api.waitForWaiting() }
                try await connection.run(script: "COMMIT")
                #expect(try await asked["a"]?.rules == before["a"]?.rules)
            }
            let after = try await api.remember()
            #expect(after["a"]?.rules == before["a"]?.rules)
            #expect(after["a"]?.defaultValue == 5)
        }
    }

    @Test("TRUNCATE beside another change never shows empty tables, even with REPEATABLE READ as default")
    func truncationBesideChange() async throws {
        try await Self.with { api in
            try await api.sql(
                "ALTER DATABASE \(api.database.name) SET default_transaction_isolation = 'repeatable read'")
            let end: Statement = """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            try await api.database.pool.run(end())
            try await api.withSlotOfItsOwn { connection in
                let before = try await api.remember()
                try await connection.run(
                    script: """
                        BEGIN ISOLATION LEVEL READ COMMITTED;
                        CREATE TEMP TABLE kept_rules AS TABLE rules;
                        CREATE TEMP TABLE kept_conditions AS TABLE conditions;
                        CREATE TEMP TABLE kept_metadata AS TABLE rule_metadata;
                        TRUNCATE rules CASCADE;
                        INSERT INTO rules TABLE kept_rules;
                        INSERT INTO conditions TABLE kept_conditions;
                        INSERT INTO rule_metadata TABLE kept_metadata;
                        SET CONSTRAINTS ALL IMMEDIATE
                        """)
                try await api.sql("UPDATE settings SET default_value = '5' WHERE name = 'a'")
                async let asked = api.everything()
                try await api.waitForWaiting()
                try await connection.run(script: "COMMIT")
                let answer = try await asked["a"]
                #expect(answer?.rules == before["a"]?.rules && answer?.defaultValue == 5)
            }
        }
    }

    @Test("Changes made while triggers were disabled are noticed after a second")
    func silentTriggers() async throws {
        try await Self.with { api in
            let change = "UPDATE rules SET value = '7' WHERE id = 1"
            try await api.sql(
                """
                BEGIN; ALTER TABLE rules DISABLE TRIGGER heksher_change; \(change);
                ALTER TABLE rules ENABLE ALWAYS TRIGGER heksher_change; COMMIT
                """)
            // At the latest, the first query after one second checks the triggers.
            try await Task.sleep(for: .seconds(1.1))
            #expect(try await api.everything()["a"]?.rules.first?.value == 7)
        }
    }

    @Test("An alias wins over another setting's name, in memory as in the tables")
    func aliasOfAName() async throws {
        try await Self.with { api in
            try await api.declare("b", features: ["t"], default: 3)
            try await api.sql("INSERT INTO setting_aliases (setting, alias) VALUES ('b', 'a')")
            try await api.remember()
            #expect(try await api.client.queryRules(settings: ["a"]).ok.body.settings.names == ["b"])
            #expect(try await api.client.queryRules().ok.body.settings.names == ["a", "b"])
        }
    }
}

extension ServiceUnderTest {
    fileprivate func everything() async throws -> OrderedDictionary<String, Schemas.QueriedSetting> {
        try await client.queryRules(includeMetadata: true).ok.body.settings
    }

    /// The result of a query for everything, read from the tables and then from memory.
    @discardableResult
    fileprivate func remember() async throws -> OrderedDictionary<String, Schemas.QueriedSetting> {
        let answer = try await everything()
        try await Task.sleep(for: .milliseconds(100))
        #expect(try await everything() == answer)
        return answer
    }

    /// All settings, from the tables.
    fileprivate func tables() async throws -> OrderedDictionary<String, Schemas.QueriedSetting> {
        let handler = QueryHandler(store: Store(database.pool))
        let answer = try await handler.queryRules(
            .init(
                query: .init(settings: nil, contextFilters: "*", includeMetadata: true),
                headers: .init(ifNoneMatch: nil)))
        return try answer.ok.body.settings
    }
}

extension OrderedDictionary<String, Schemas.QueriedSetting> {
    fileprivate var names: [String] { map(\.key) }
}
