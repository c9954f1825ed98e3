import ContractRuntime
import Foundation
import HeksherAPI
import HeksherClient
import InMemoryLogging
import LibPQ
import Logging
import PostgresTesting
import Testing

@testable import HeksherServer

// Tokens that are limited to prefixes.
extension AccessTests {
    private static let limits = "the token team_a is limited to settings whose names begin with team_a."

    /// The operations on an existing setting, except renaming it to a name without the token's prefixes.
    private static func settingOperations(_ name: String) -> [(HTTPRequest.Method, String, String?)] {
        let version = #"{"version": "9.0"}"#
        return [
            (.get, "/settings/\(name)", nil), (.delete, "/settings/\(name)", nil),
            (.put, "/settings/\(name)/type", #"{"type": "str", "version": "9.0"}"#),
            (.put, "/settings/\(name)/name", #"{"name": "team_a.free", "version": "9.0"}"#),
            (
                .put, "/settings/\(name)/configurable_features",
                #"{"configurable_features": ["none"], "version": "9.0"}"#
            ),
            (.get, "/settings/\(name)/metadata", nil), (.delete, "/settings/\(name)/metadata", version),
            (.post, "/settings/\(name)/metadata", #"{"metadata": {}, "version": "9.0"}"#),
            (.put, "/settings/\(name)/metadata", #"{"metadata": {}, "version": "9.0"}"#),
            (.put, "/settings/\(name)/metadata/k", #"{"value": 1, "version": "9.0"}"#),
            (.delete, "/settings/\(name)/metadata/k", version),
        ]
    }

    /// The operations on a rule.
    private static func ruleOperations(_ id: Int) -> [(HTTPRequest.Method, String, String?)] {
        [
            (.get, "/rules/\(id)", nil), (.delete, "/rules/\(id)", nil),
            (.put, "/rules/\(id)/value", #"{"value": "of the wrong type"}"#),
            (.patch, "/rules/\(id)", #"{"value": 2}"#), (.get, "/rules/\(id)/metadata", nil),
            (.post, "/rules/\(id)/metadata", #"{"metadata": {"k": 1}}"#),
            (.put, "/rules/\(id)/metadata", #"{"metadata": {"k": 1}}"#), (.delete, "/rules/\(id)/metadata", nil),
            (.put, "/rules/\(id)/metadata/k", #"{"value": 2}"#), (.delete, "/rules/\(id)/metadata/k", nil),
        ]
    }

    @Test("Settings and rules outside a token's prefixes do not exist for it, under any name, alias or id")
    func limits() async throws {
        try await Self.with { api, _ in
            func answer(
                _ name: String, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil
            ) async throws -> String {
                try await api.send(method, path, body, headers: [("X-API-Key", Self.token(name))]).summary
            }
            func expect(_ status: Int, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws
            {
                let got = try await Self.status(api, "team_a", method, path, body)
                #expect(got == status, "\(method) \(path)")
            }
            func expect(
                _ summary: String, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil
            ) async throws {
                let got = try await answer("team_a", method, path, body)
                #expect(got == summary, "\(method) \(path)")
            }
            // Settings and rules of the token's team.
            try await expect(200, .get, "/settings/team_a.x")
            try await expect(404, .get, "/settings/team_a.none")
            try await expect(200, .get, "/rules/1")
            try await expect(404, .get, "/rules/999")
            try await expect(200, .get, "/rules/search?setting=team_a.x&feature_values=theme:dark")
            try await expect(204, .put, "/rules/1/value", #"{"value": 2}"#)
            try await expect(200, .get, "/context_features")
            // Names and aliases of other teams get the same response as unknown names.
            for name in ["team_b.x", "other", "none", "team_a", "Team_a.x", "team_a.y", "team_a.none", "team_b%2ex"] {
                let named = name.replacing("%2e", with: ".")
                let unknown = "404 the setting \(named) does not exist"
                for (method, path, body) in Self.settingOperations(name) {
                    let got = try await answer("team_a", method, path, body)
                    #expect(got == unknown, "\(method) \(path)")
                }
                try await expect("404", .get, "/rules/search?setting=\(name)&feature_values=theme:dark")
                let inside = named.hasPrefix("team_a.")
                try await expect(
                    inside ? "422 the setting \(named) does not exist" : "403 \(Self.limits)", .post, "/rules",
                    #"{"setting": "\#(named)", "feature_values": {"theme": "x"}, "value": 1}"#)
                if !inside {
                    try await expect("403 \(Self.limits)", .post, "/settings/declare", Self.declaration(named))
                }
            }
            for rule in [2, 3, 4, 999] {
                for (method, path, body) in Self.ruleOperations(rule) {
                    let got = try await answer("team_a", method, path, body)
                    #expect(got == "404", "\(method) \(path)")
                }
            }
            // A name within the prefixes that belongs to a setting outside them is reported as taken, without details, even if the service
            // knows from another token that the declaration is up to date.
            for _ in 1...3 {
                let got = try await answer("writer", .post, "/settings/declare", Self.declaration("team_a.y"))
                #expect(got == #"200 {"outcome":"uptodate"}"#)
            }
            try await expect(
                #"409 {"detail":"the name belongs to another setting"}"#, .post, "/settings/declare",
                Self.declaration("team_a.y"))
            try await expect(
                "409 the name team_a.y belongs to another setting", .put, "/settings/team_a.x/name",
                #"{"name": "team_a.y", "version": "1.0"}"#)
            for alias in ["team_a.y", "team_a.none"] {
                try await expect(
                    #"404 {"detail":"the alias \#(alias) does not exist"}"#, .post, "/settings/declare",
                    Self.declaration("team_a.z", alias: alias, version: "2.0"))
            }
            // Creating a setting outside the prefixes is forbidden, whether or not it exists.
            for name in ["team_b.z", "team_b.x", "other"] {
                let rename = #"{"name": "\#(name)", "version": "1.0"}"#
                try await expect("403 \(Self.limits)", .put, "/settings/team_a.x/name", rename)
                try await expect("403 \(Self.limits)", .put, "/settings/team_a.none/name", rename)
                try await expect("403 \(Self.limits)", .put, "/settings/team_b.x/name", rename)
            }
            try await expect(
                403, .post, "/settings/declare", Self.declaration("team_a.z", alias: "team_b.x", version: "2.0"))
            try await expect(
                403, .post, "/settings/declare", Self.declaration("team_b.z", alias: "team_a.x", version: "2.0"))
            // Operations that affect all teams.
            try await expect(403, .post, "/context_features", #"{"context_feature": "x"}"#)
            try await expect(403, .delete, "/context_features/theme")
            try await expect(403, .patch, "/context_features/theme/index", #"{"to_after": "theme"}"#)
            try await expect(200, .get, "/context_features/theme/values")
            try await expect(403, .put, "/context_features/theme/values", #"{"values": null}"#)
            // Within the prefixes.
            try await expect(200, .post, "/settings/declare", Self.declaration("team_a.new"))
            try await expect(204, .put, "/settings/team_a.new/name", #"{"name": "team_a.newer", "version": "1.0"}"#)
            try await expect(204, .delete, "/settings/team_a.newer")
            // The settings of other teams are unchanged.
            let writer = Client(api.transport, credentials: [.bearer(BearerToken(Self.token("writer")))])
            let names = try await writer.listSettings().ok.settings.map(\.name)
            #expect(names == ["other", "team_a.x", "team_b.x", "team_b.y"])
            let sentence = try await answer("two", .post, "/settings/declare", Self.declaration("other"))
            #expect(sentence == "403 the token two is limited to settings whose names begin with team_a. or team_b.")
        }
    }

    @Test(
        "A token with prefixes queries only its settings, from memory and from the tables", arguments: [true, false])
    func queries(fromMemory: Bool) async throws {
        try await Self.with { api, _ in
            if !fromMemory { try await api.sql("ALTER TABLE rules DISABLE TRIGGER ALL") }
            let connection = try await RawConnection(port: api.port)
            func answer(_ name: String, _ target: String) async throws -> RawConnection.Response {
                try await connection.get("/api/v1\(target)", headers: ["Authorization: Bearer \(Self.token(name))"])
            }
            // Repeated, so that cached responses for other tokens would be used.
            for _ in 0..<3 {
                let all = try await answer("reader", "/query").body
                #expect(all.contains("team_b.x") && all.contains("team_a.x") && all.contains("other"))
                let some = try await answer("team_a_reader", "/query")
                #expect(some.status == 200 && some.body.contains("team_a.x"))
                #expect(!some.body.contains("team_b") && !some.body.contains("other"))
                for (names, unknown) in [
                    ("other", "'other'"), ("team_a.x,other", "'other'"), ("team_a.y", "'team_a.y'"), ("none", "'none'"),
                    ("team_b.x", "'team_b.x'"), ("none,team_a.x,other,team_a.none", "'none', 'other', 'team_a.none'"),
                    ("team_a.none,team_a.y,team_b.y", "'team_a.none', 'team_a.y', 'team_b.y'"),
                ] {
                    let target = "/query?settings=\(names)"
                    #expect([200, 404].contains(try await answer("reader", target).status))
                    let refused = try await answer("team_a_reader", target)
                    #expect(
                        refused.status == 404 && refused.body == "the settings [\(unknown)] do not exist", "\(names)")
                }
                let own = "/query?settings=team_a.x"
                let (limited, unlimited) = (try await answer("team_a_reader", own), try await answer("reader", own))
                #expect(limited.status == 200 && limited.body == unlimited.body)
                #expect(try await answer("team_a_reader", "/query?settings=").status == 200)
                let list = try await answer("team_a_reader", "/settings").body
                #expect(list.contains("team_a.x") && !list.contains("team_b") && !list.contains("other"))
            }
        }
    }

    /// Operations that wait for the lock of a setting, of its rule, or of a name.
    private static let waitingOperations: [(HTTPRequest.Method, String, String?)] = [
        (.put, "/rules/1/value", #"{"value": 2}"#), (.delete, "/rules/1", nil),
        (.put, "/rules/1/metadata", #"{"metadata": {"k": 1}}"#), (.delete, "/rules/1/metadata/k", nil),
        (.post, "/rules", #"{"setting": "team_a.x", "feature_values": {"theme": "x"}, "value": 1}"#),
        (.delete, "/settings/team_a.x", nil),
        (.put, "/settings/team_a.x/metadata/k", #"{"value": 1, "version": "1.1"}"#),
        (.put, "/settings/team_a.x/type", #"{"type": "float", "version": "1.1"}"#),
        (.put, "/settings/team_a.x/name", #"{"name": "team_a.z", "version": "1.1"}"#),
        (.post, "/settings/declare", declaration("team_a.x", version: "1.1").replacing(": 0,", with: ": 1,")),
        (
            .post, "/settings/declare",
            declaration("team_a.z", alias: "team_a.x", version: "1.1").replacing(": 0,", with: ": 1,")
        ),
    ]

    @Test(
        "If a setting leaves a token's prefixes while an operation waits for it, the operation does not find it",
        .timeLimit(.minutes(20)), arguments: waitingOperations)
    func renamedMeanwhile(method: HTTPRequest.Method, path: String, body: String?) async throws {
        try await Self.with { api, _ in
            func state() async throws -> String {
                let tables = [
                    "settings", "rules", "conditions", "setting_metadata", "rule_metadata", "setting_aliases",
                ]
                let texts = tables.map { "(SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM \($0) t)" }
                let statement = Statement("SELECT concat_ws('; ', \(texts.joined(separator: ", ")))")
                return try await api.database.pool.run(statement()).first?.string(0) ?? ""
            }
            let renamed = try await api.database.pool.withConnection { connection in
                try await connection.run(
                    script: """
                        BEGIN; UPDATE settings SET name = 'team_b.moved' WHERE name = 'team_a.x';
                        INSERT INTO setting_aliases (setting, alias) VALUES ('team_b.moved', 'team_a.x')
                        """)
                async let status = Self.status(api, "team_a", method, path, body)
                let waiting: Statement = """
                    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
                    """
                while try await api.database.pool.run(waiting()).first?.bool(0) == false {
                    try await Task.sleep(for: .milliseconds(5))
                }
                try await connection.run(script: "COMMIT")
                let state = try await state()
                // As if the setting did not exist; its name is taken.
                let expected =
                    path == "/rules" ? 422 : path == "/settings/declare" && body?.contains("alias") != true ? 409 : 404
                #expect(try await status == expected, "\(method) \(path)")
                return state
            }
            #expect(try await state() == renamed)
            #expect(renamed.contains("team_b.moved"))
        }
    }
}
