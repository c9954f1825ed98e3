import Foundation
import HeksherAPI
import HeksherStore
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

/// Other roles cannot affect the service's own tables and functions.
@Suite struct OwnSchemaTests {
    private static let answer = "/api/v1/query?include_metadata=true"

    /// A service that answers from memory, with the setting `a` and a rule.
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["t"]) { api in
            try await api.declare("a", features: ["t"])
            try await api.addRule("a", ["t": "x"], 1)
            try await api.expectFromMemory(answer)
            try await test(api)
        }
    }

    /// Expects that the next response equals that of the tables.
    private static func expectCurrent(
        _ api: ServiceUnderTest, after change: String, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let expected = try await api.answerOfTables(answer).text
        let given = try await RawConnection(port: api.port).get(answer).body
        #expect(given == expected, "\(change)", sourceLocation: location)
    }

    private static func refusal(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? PostgresError)?.state?.code
        }
    }

    @Test("Only the owner may call the functions, and their search path excludes schemas of other roles")
    func functions() async throws {
        try await ServiceUnderTest.with { api in
            let open = try await api.database.strings(
                """
                SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname !~ '^pg_|^information_schema$' AND (
                    'search_path=pg_catalog, pg_temp' = ANY (p.proconfig) IS NOT TRUE OR p.proacl IS NULL
                    OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner))
                """)
            // The view of notes calls this one. Without a right to the schema, no other role can name it.
            #expect(open == ["notes"])
            let count: Statement = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'heksher_public'::regnamespace"
            #expect(try await api.database.pool.run(count()).first?.int(0) ?? 0 > 5)
            let objects = try await api.database.strings(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname ~ '^heksher' AND relkind = 'r'"
            )
            #expect(objects == [])
        }
    }

    @Test("A role without rights on the tables cannot lock a slot")
    func roleWithoutRights() async throws {
        try await Self.with { api in
            try await api.database.withRole { role in
                // The role may do everything in other schemas.
                try await api.sql(
                    "GRANT CREATE ON SCHEMA public TO \(role.name); GRANT CREATE ON DATABASE \(api.database.name) TO \(role.name)"
                )
                for attempt in [
                    "SELECT heksher_public.record('z', NULL, NULL, '', NULL)", "SELECT heksher_public.take(3)",
                    "SELECT record('z', NULL, NULL, '', NULL)", "SELECT heksher_public.notes(1)",
                    "SELECT heksher_note('')",
                    "SELECT * FROM heksher_public.revisions FOR UPDATE", "SELECT * FROM heksher_revisions FOR UPDATE",
                    "BEGIN; LOCK TABLE heksher_revisions IN ACCESS SHARE MODE; COMMIT",
                    "SET search_path = heksher_public; SELECT take(3)",
                    "CREATE TABLE mine (id int); CREATE TRIGGER t AFTER INSERT ON mine EXECUTE FUNCTION heksher_public.note_everything()",
                    "CREATE TABLE heksher_public.mine (id int)",
                    "CREATE FUNCTION heksher_public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                    "DO $$ BEGIN PERFORM heksher_public.record('s', 'x', NULL, NULL, NULL); END $$",
                    "DROP VIEW heksher_revisions",
                    "INSERT INTO heksher_migrations (number, name, checksum) VALUES (99, 'x', 'y')",
                ] {
                    let code = await Self.refusal { try await api.database.sql(attempt, as: role) }
                    #expect(["42501", "42883", "3F000"].contains(code), "\(attempt): \(code ?? "succeeded")")
                }
            }
        }
    }

    @Test("A role that may write all tables cannot write revisions, notes or migrations, and its changes are seen")
    func writer() async throws {
        try await Self.with { api in
            try await api.database.withRole { role in
                try await api.sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO \(role.name)")
                for attempt in [
                    "UPDATE heksher_revisions SET token = 0", "DELETE FROM heksher_revisions",
                    "TRUNCATE heksher_revisions",
                    "INSERT INTO heksher_revisions VALUES (7, 1, 1)", "DELETE FROM heksher_changes",
                    "UPDATE heksher_changes SET rule = ''",
                    "DELETE FROM heksher_migrations",
                    "INSERT INTO heksher_migrations (number, name, checksum) VALUES (99, 'x', 'y')",
                    "UPDATE heksher_functions SET checksum = ''",
                ] {
                    let code = await Self.refusal { try await api.database.sql(attempt, as: role) }
                    #expect(["42501", "55000", "42809"].contains(code), "\(attempt): \(code ?? "succeeded")")
                }
                try await api.database.sql("UPDATE settings SET default_value = '7'", as: role)
                try await Self.expectCurrent(api, after: "a change")
            }
        }
    }

    @Test(
        "Session settings that a role forges do not hide its changes",
        arguments: [
            "SELECT set_config('heksher.noted', ARRAY[pg_current_xact_id()::text, '0', '0', '0', '', '', '0']::text, true)",
            "SELECT set_config('heksher.noted', '{', true)", "SELECT set_config('heksher.slot', '', true)",
            "SELECT set_config('heksher.slot', 'x', true)", "SELECT set_config('heksher.slot', '99', true)",
            "SELECT set_config('heksher.slot', slot::text, true) FROM heksher_revisions ORDER BY number DESC LIMIT 1",
        ], ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
    func claims(claim: String, level: String) async throws {
        try await Self.with { api in
            try await api.database.withRole { role in
                try await api.sql("GRANT SELECT, UPDATE ON settings, rules, heksher_revisions TO \(role.name)")
                for change in ["UPDATE settings SET default_value = '666'", "UPDATE rules SET value = '667'"] {
                    try await api.database.sql(
                        "BEGIN ISOLATION LEVEL \(level); \(claim); \(change); \(claim); COMMIT", as: role)
                    try await Self.expectCurrent(api, after: change)
                    try await api.database.sql(
                        "BEGIN ISOLATION LEVEL \(level); SET CONSTRAINTS ALL IMMEDIATE; UPDATE settings SET default_value = '1'; \(claim); "
                            + "\(change); COMMIT", as: role)
                    try await Self.expectCurrent(api, after: "\(change) after another one")
                }
            }
        }
    }

    @Test(
        "A slot restored from another server does not count as the transaction's with the same number"
    )
    func numberOfAnotherServer() async throws {
        try await Self.with { api in
            try await api.sql(
                """
                BEGIN;
                UPDATE heksher_public.revisions SET xact = pg_current_xact_id(), server = '2020-01-01';
                UPDATE rules SET value = '5';
                COMMIT
                """)
            try await Self.expectCurrent(api, after: "a change")
        }
    }

    @Test("Operators and functions of another role do not run with the owner's rights")
    func operators() async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            try await database.withRole { role in
                try await database.sql(
                    """
                    INSERT INTO context_features VALUES ('t', 0); INSERT INTO settings VALUES ('a', 'int', '0', '1.0');
                    INSERT INTO rules (setting, value) VALUES ('a', '1'); INSERT INTO conditions VALUES (1, 't', 'x');
                    GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC;
                    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON settings, rules, conditions, rule_metadata TO \(role.name)
                    """)
                try await database.sql(
                    """
                    CREATE TABLE public.ran (who text);
                    GRANT INSERT ON public.ran TO PUBLIC;
                    CREATE FUNCTION public.evil(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
                        INSERT INTO public.ran VALUES (current_user); RETURN $1::text OPERATOR(pg_catalog.=) $2::text; END $$;
                    CREATE OPERATOR public.= (leftarg = varchar, rightarg = varchar, function = public.evil);
                    CREATE FUNCTION public.evil(varchar, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
                        INSERT INTO public.ran VALUES (current_user); RETURN $1::text OPERATOR(pg_catalog.=) $2; END $$;
                    CREATE OPERATOR public.= (leftarg = varchar, rightarg = text, function = public.evil);
                    CREATE OPERATOR public.<> (leftarg = varchar, rightarg = varchar, function = public.evil);
                    CREATE FUNCTION public.set_config(text, varchar, boolean) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
                        INSERT INTO public.ran VALUES (current_user); RETURN ''; END $$
                    """, as: role)
                for level in ["READ COMMITTED", "SERIALIZABLE"] {
                    try await database.sql(
                        """
                        SET search_path = public, pg_catalog; BEGIN ISOLATION LEVEL \(level);
                        UPDATE rules SET setting = setting, value = '2'; UPDATE conditions SET feature_value = 'y';
                        INSERT INTO rule_metadata VALUES (1, '\(level)', '1'); UPDATE settings SET version = '1.1';
                        COMMIT; TRUNCATE rule_metadata
                        """, as: role)
                }
                let who = try await database.strings("SELECT DISTINCT who FROM public.ran")
                #expect(who.allSatisfy { $0 == role.name }, "\(who)")
            }
        }
    }

    @Test("Default privileges give no other role rights in the service's own schema")
    func defaultPrivileges() async throws {
        try await TestDatabase.with { database in
            try await database.withRole { role in
                try await database.sql(
                    """
                    ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO \(role.name);
                    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO \(role.name);
                    ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO \(role.name)
                    """)
                try await Store.migrations.apply(database.pool)
                let rights = try await database.strings(
                    Statement(
                        """
                        SELECT 'schema' FROM pg_namespace n, aclexplode(n.nspacl) a WHERE nspname = 'heksher_public' AND a.grantee <> nspowner
                        UNION ALL SELECT relname FROM pg_class c, aclexplode(c.relacl) a
                        WHERE relnamespace = 'heksher_public'::regnamespace AND a.grantee <> relowner
                        UNION ALL SELECT proname FROM pg_proc p, aclexplode(p.proacl) a
                        WHERE pronamespace = 'heksher_public'::regnamespace AND a.grantee <> proowner
                        """))
                // The view of notes calls this function. Without a right to the schema, a role cannot name it.
                #expect(rights == ["notes"])
                try await database.sql(
                    """
                    ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM \(role.name);
                    ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM \(role.name);
                    ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM \(role.name)
                    """)
            }
        }
    }

    @Test("If the migrating role may not create the schema, the error contains the statement to run")
    func schemaOfTheRole() async throws {
        try await TestDatabase.with { database in
            try await database.withRole { role in
                try await database.sql("GRANT CREATE ON SCHEMA public TO \(role.name)")
                let pool = PostgresPool(configuration: role.configuration, size: 1)
                defer { pool.close() }
                let missing = await #expect(throws: PostgresError.self) { try await Store.migrations.apply(pool) }
                #expect(
                    "\(String(describing: missing))".contains("CREATE SCHEMA heksher_public AUTHORIZATION \(role.name)")
                )
                try await database.sql("CREATE SCHEMA heksher_public")
                let foreign = await #expect(throws: PostgresError.self) { try await Store.migrations.apply(pool) }
                #expect("\(String(describing: foreign))".contains("ALTER SCHEMA heksher_public OWNER TO \(role.name)"))
                try await database.sql(
                    "DROP SCHEMA heksher_public; CREATE SCHEMA heksher_public AUTHORIZATION \(role.name)")
                #expect(try await Store.migrations.apply(pool).count == 7)
            }
        }
    }

    @Test(
        "Tables in other schemas than public are migrated and served, several in one database", .timeLimit(.minutes(20))
    )
    func otherSchemas() async throws {
        try await TestDatabase.with { database in
            let long = String(repeating: "é", count: 31)
            for schema in ["one", "Two words", long, "heksher"] {
                try await database.withRole { role in
                    try await database.sql(
                        """
                        CREATE SCHEMA "\(schema)" AUTHORIZATION \(role.name); GRANT CREATE ON DATABASE \(database.name) TO \(role.name);
                        ALTER ROLE \(role.name) SET search_path = "\(schema)"
                        """)
                    let pool = PostgresPool(configuration: role.configuration, size: 1)
                    defer { pool.close() }
                    #expect(try await Store.migrations.apply(pool).count == 7)
                    #expect(try await Store.migrations.apply(pool).isEmpty)
                    try await ServiceUnderTest.running(on: database, configuration: role.configuration) { api in
                        try await api.client.addContextFeature(body: .init(contextFeature: "t")).noContent()
                        for value in 1...3 {
                            let outcome = try await api.declare(
                                "a", features: ["t"], default: .init(integerLiteral: value), version: "1.\(value - 1)")
                            #expect(outcome.response().status == .ok)
                            let settings = try await api.client.queryRules().ok.body.settings
                            #expect(settings["a"]?.defaultValue == .init(integerLiteral: value))
                        }
                    }
                }
            }
        }
    }
}
