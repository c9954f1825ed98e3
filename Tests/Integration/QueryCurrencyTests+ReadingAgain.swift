import ContractRuntime
import HeksherAPI
import HeksherClient
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

// Changes after which more is read than the noted rules.
extension QueryCurrencyTests {
    @Test("After more changes than are noted, everything is read again")
    func farBehind() async throws {
        try await ServiceUnderTest.with { api in
            try await api.sql(Self.tables)
            let connection = try await RawConnection(port: api.port)
            for _ in 0..<3 { _ = try await Self.check(connection, api, after: "the beginning") }
            try await api.sql(
                """
                DO $$ BEGIN
                    UPDATE rules SET value = '-1' WHERE id = 3;
                    COMMIT;
                    FOR number IN 1..1100 LOOP
                        UPDATE rules SET value = number WHERE id = 1;
                        COMMIT;
                    END LOOP;
                END $$
                """)
            for _ in 0..<2 {
                let answers = try await Self.check(connection, api, after: "everything")
                #expect(answers[0].contains(#""value":1100,"#) && answers[0].contains(#""value":-1,"#))
            }
            try await api.expectFromMemory(Self.targets[0])
        }
    }

    @Test(
        "Queries are answered while tables are altered",
        arguments: [
            "UPDATE rule_metadata SET value = '7' WHERE rule = 1; ALTER TABLE rule_metadata ALTER COLUMN key TYPE text",
            "UPDATE rules SET value = '7' WHERE id = 1; ALTER TABLE heksher_changes RENAME COLUMN rule TO unknown",
        ])
    func altered(change: String) async throws {
        try await ServiceUnderTest.with { api in
            try await api.sql(Self.tables)
            let connection = try await RawConnection(port: api.port)
            for number in 1...3 {
                _ = try await Self.check(connection, api, after: "the beginning")
                try await api.sql("UPDATE rules SET value = '\(number)' WHERE id = 2")
            }
            try await api.sql("SET CONSTRAINTS ALL IMMEDIATE; \(change)")
            for _ in 0..<3 { _ = try await Self.check(connection, api, after: change) }
            try await api.expectFromMemory(Self.targets[0])
        }
    }

    @Test("Canonically equivalent names with different bytes are different settings")
    func twins() async throws {
        try await ServiceUnderTest.with { api in
            try await api.sql(Self.tables)
            let connection = try await RawConnection(port: api.port)
            for _ in 0..<3 { _ = try await Self.check(connection, api, after: "the beginning") }
            for change in [
                "INSERT INTO settings VALUES (U&'caf\\00E9', 'int', '1', '1.0')",
                "INSERT INTO settings VALUES (U&'cafe\\0301', 'int', '2', '1.0')",
                "UPDATE settings SET default_value = '3' WHERE name = U&'caf\\00E9'",
                // This makes the service read everything again.
                "TRUNCATE setting_aliases", "UPDATE settings SET default_value = '4' WHERE name = U&'cafe\\0301'",
                "DELETE FROM settings WHERE name = U&'caf\\00E9'",
                "UPDATE settings SET default_value = '5' WHERE name = U&'cafe\\0301'",
                "DELETE FROM settings WHERE name = U&'cafe\\0301'",
            ] {
                try await api.sql(change)
                for _ in 0..<2 { _ = try await Self.check(connection, api, after: change) }
            }
            try await api.expectFromMemory(Self.targets[0])
        }
    }

    @Test("Unreadable rows do not prevent reading the other settings")
    func unreadable() async throws {
        try await ServiceUnderTest.with { api in
            try await api.sql(Self.tables)
            let connection = try await RawConnection(port: api.port)
            for _ in 0..<3 { _ = try await Self.check(connection, api, after: "the beginning") }
            let answerer = try await api.answerer()
            defer { answerer.catalog.close() }
            // A NULL key, which no statement expects, arrives without a note; then everything has to be read.
            try await api.sql(
                """
                ALTER TABLE rule_metadata DROP CONSTRAINT rule_metadata_pkey;
                ALTER TABLE rule_metadata ALTER COLUMN key DROP NOT NULL;
                SET LOCAL session_replication_role = replica;
                INSERT INTO rule_metadata VALUES (1, NULL, '1')
                """)
            try await api.sql("TRUNCATE setting_aliases; UPDATE settings SET default_value = '5' WHERE name = 'c'")
            for _ in 0..<20 {
                let answer = try await connection.get("/api/v1/query?settings=c")
                #expect(answer.status == 200 && answer.body.contains(#""default_value":5"#))
                let other = try await answerer.respond(to: APIRequest(querying: "/api/v1/query?settings=c"), [])
                #expect(other.text == answer.body)
            }
            try await api.sql("DELETE FROM rule_metadata WHERE key IS NULL")
            _ = try await Self.check(connection, api, after: "the repair")
            try await api.expectFromMemory(Self.targets[0])
        }
    }

    @Test("A database restored to an older state is noticed, also after other changes")
    func restored() async throws {
        try await ServiceUnderTest.with { api in
            let (server, name) = (try await TestServer.shared(), api.database.name)
            try await api.sql(Self.tables)
            let connection = try await RawConnection(port: api.port)
            for _ in 0..<3 { _ = try await Self.check(connection, api, after: "the beginning") }
            let older = "older_\(name)"
            func empty() async throws {
                try await server.run("ALTER DATABASE \(name) ALLOW_CONNECTIONS false")
                try await server.run(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '\(name)'")
            }
            /// Whether the service returns the change once its database is available again.
            func tellsOfChange() async throws -> Bool? {
                try await soon {
                    try await api.client.queryRules().ok.body.settings["a"]?.rules.contains { $0.value == 5 }
                }
            }
            try await empty()
            try await server.run("CREATE DATABASE \(older) TEMPLATE \(name)")
            try await server.run("ALTER DATABASE \(name) ALLOW_CONNECTIONS true")
            try await Task.sleep(for: .milliseconds(150))
            try await soon { try await api.sql("UPDATE rules SET value = '5' WHERE id = 1") }
            #expect(try await tellsOfChange() == true)
            for _ in 0..<3 { _ = try await Self.check(connection, api, after: "a change") }
            try await empty()
            try await server.run("ALTER DATABASE \(name) RENAME TO newer_\(name)")
            try await server.run("ALTER DATABASE \(older) RENAME TO \(name)")
            try await server.run("DROP DATABASE newer_\(name)")
            try await Task.sleep(for: .milliseconds(150))
            #expect(try await tellsOfChange() == false)
            try await soon { try await api.sql("SELECT 1") }
            let restored = try await Self.check(connection, api, after: "the restoring")
            #expect(!restored[0].contains(#""value":5,"#))
            try await api.sql("UPDATE rules SET value = '6' WHERE id = 3")
            #expect(try await Self.check(connection, api, after: "another change")[0].contains(#""value":6,"#))
        }
    }
}
