import HeksherAPI
import LibPQ
import PostgresTesting
import Synchronization
import Testing

/// Declarations that the service answers from memory, because the same one changed nothing before.
@Suite struct RepeatedDeclarationTests {
    private typealias Declare = @Sendable () async throws -> DeclareSetting.Output

    /// A service that answers a declaration, which is up to date, without reading the tables.
    private static func with(
        _ test: (ServiceUnderTest, _ declare: @escaping Declare) async throws -> Void
    ) async throws {
        try await ServiceUnderTest.with(features: ["theme", "user"]) { api in
            let declare = { @Sendable in try await api.declare("a", default: 1, metadata: ["k": 1]) }
            #expect(try await declare() == .created)
            try await waitUntilRemembered(api, declare)
            try await test(api, declare)
        }
    }

    /// Waits until a declaration is answered without reading the tables. Other work of the service reads them, too, now and then.
    private static func waitUntilRemembered(_ api: ServiceUnderTest, _ declare: @escaping Declare) async throws {
        let stopwatch = PatientStopwatch()
        while try await needsTables(api, declare) {
            // The service begins to read everything into its memory at the first query.
            _ = try await api.client.queryRules()
            try #require(stopwatch.time < .seconds(60))
        }
    }

    /// Declares while the tables are locked, until the declaration has succeeded or something waits for the lock.
    private static func needsTables(
        _ api: ServiceUnderTest, _ declare: @escaping Declare
    ) async throws -> Bool {
        try await api.database.pool.withConnection { connection in
            try await connection.run(script: "BEGIN; LOCK settings, configurable, setting_metadata, setting_aliases")
            let isDone = Atomic(false)
            async let output = {
                defer { isDone.store(true, ordering: .relaxed) }
                return try await declare()
            }()
            let waiting: Statement =
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'settings'::regclass)"
            var needsTables = false
            while !isDone.load(ordering: .relaxed), !needsTables {
                needsTables = try await connection.run(waiting()).first?.bool(0) ?? false
            }
            try await connection.run(script: "ROLLBACK")
            #expect(try await output == .upToDate)
            return needsTables
        }
    }

    @Test("A declaration that was up to date needs no table until something changes")
    func memory() async throws {
        try await Self.with { api, declare in
            try await api.addRule("a", ["theme": "dark"], 2)
            #expect(try await Self.needsTables(api, declare))
            try await Self.waitUntilRemembered(api, declare)
        }
    }

    @Test(
        "A declaration sees each change of the setting, by any program",
        arguments: [
            ("UPDATE settings SET type = 'float'", "409"), ("UPDATE settings SET default_value = '2'", "409"),
            ("UPDATE settings SET version = '1.1'", "200 outdated"), ("UPDATE settings SET name = 'b'", "200 created"),
            ("DELETE FROM configurable", "409"), ("INSERT INTO configurable VALUES ('a', 'user')", "409"),
            ("UPDATE configurable SET context_feature = 'user'", "409"), ("DELETE FROM settings", "200 created"),
            ("UPDATE setting_metadata SET value = '2'", "409"), ("DELETE FROM setting_metadata", "409"),
            ("INSERT INTO setting_metadata VALUES ('a', 'l', '2')", "409"), ("TRUNCATE setting_metadata", "409"),
            ("TRUNCATE settings CASCADE", "200 created"),
            ("DELETE FROM configurable; DELETE FROM context_features WHERE name = 'theme'", "404"),
            ("BEGIN; UPDATE settings SET default_value = '2'; ROLLBACK", "200 uptodate"),
        ])
    func changes(sql: String, outcome: String) async throws {
        try await Self.with { api, declare in
            try await api.sql(sql)
            let response = try await declare().response()
            let member = response.text.split(separator: "\"").dropFirst(2).first { $0 != ":" }
            #expect("\(response.status.code) \(member ?? "")".hasPrefix(outcome), "\(response.text)")
        }
    }

    @Test("Declarations that differ in one attribute are different declarations")
    func others() async throws {
        try await Self.with { api, declare in
            let others = [
                try await api.declare("a", default: 2, metadata: ["k": 1]),
                try await api.declare("a", type: "float", default: 1, metadata: ["k": 1]),
                try await api.declare("a", features: ["user"], default: 1, metadata: ["k": 1]),
                try await api.declare("a", features: ["theme", "user"], default: 1, metadata: ["k": 1]),
                try await api.declare("a", default: 1, metadata: ["k": 2]), try await api.declare("a", default: 1),
            ]
            for other in others { #expect(other.response().status == .conflict) }
            #expect(try await api.declare("b", default: 1, metadata: ["k": 1]) == .created)
            #expect(try await declare() == .upToDate)
        }
    }
}
