import Foundation
import HeksherAPI
import HeksherClient
import InMemoryLogging
import Logging
import OpenAPIRuntime
import Postgres
import Testing

@testable import HeksherServer

/// Who may do what with which token.
@Suite struct AccessTests {
    private static let tokens = [
        "reader read", "declarer declare", "writer write", "team_a write team_a.", "team_a_reader read team_a.",
        "two declare team_a.,team_b.",
    ]

    /// The token of a name.
    private static func token(_ name: String) -> String { "token-of-\(name)" }

    private static func line(_ words: String) -> String {
        var words = words.split(separator: " ").map(String.init)
        words.insert("sha256:\(TokenDigest(of: token(words[0])).hexadecimal)", at: 2)
        return words.joined(separator: "  ")
    }

    /// Runs a test against a service that asks for tokens, with settings of two teams and what the writer made.
    private static func with(
        logger: Logger? = nil, _ test: (ServiceUnderTest, AccessControl) async throws -> Void
    ) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString)")
        try tokens.map(line).joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let access = try AccessControl(file: file.path)
        try await ServiceUnderTest.with(features: ["theme"], logger: logger, access: access) { api in
            let client = Client(api.transport, credentials: [.bearer(BearerToken(token("writer")))])
            for name in ["team_a.x", "team_a.y", "team_b.x", "other"] {
                _ = try await client.declareSetting(
                    body: .init(name: name, configurableFeatures: ["theme"], type: "int", defaultValue: 0)
                ).ok
                _ = try await client.addRule(
                    body: .init(setting: name, featureValues: ["theme": "dark"], value: 1)
                ).created
            }
            // What was team_b's is called so no more, and the other way round.
            try await client.renameSetting(name: "team_a.y", body: .init(name: "team_b.y", version: "1.0")).noContent()
            try await test(api, access)
        }
    }

    /// The status of a request with a token.
    private static func status(
        _ api: ServiceUnderTest, _ name: String?, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil
    ) async throws -> Int {
        let headers = name.map { [("Authorization", "Bearer \(token($0))")] } ?? []
        return try await api.send(method, path, body, headers: headers).status.code
    }

    private static func declaration(_ name: String, alias: String? = nil, version: String = "1.0") -> String {
        let alias = alias.map { #", "alias": "\#($0)""# } ?? ""
        return #"""
            {"name": "\#(name)", "configurable_features": ["theme"], "type": "int", "default_value": 0,
            "version": "\#(version)"\#(alias)}
            """#
    }

    /// An operation of each kind, whatever it answers to those who may do it.
    private static let operations: [(HTTPRequest.Method, String, String?, role: String)] = [
        (.get, "/context_features", nil, "read"), (.get, "/context_features/theme", nil, "read"),
        (.post, "/context_features", #"{"context_feature": "theme"}"#, "write"),
        (.delete, "/context_features/none", nil, "write"),
        (.patch, "/context_features/theme/index", #"{"to_after": "theme"}"#, "write"),
        (.post, "/settings/declare", declaration("other"), "declare"),
        (.get, "/settings", nil, "read"), (.get, "/settings/other", nil, "read"),
        (.delete, "/settings/none", nil, "write"),
        (.put, "/settings/none/type", #"{"type": "int", "version": "1.0"}"#, "write"),
        (.put, "/settings/none/name", #"{"name": "no", "version": "1.0"}"#, "write"),
        (
            .put, "/settings/none/configurable_features", #"{"configurable_features": ["theme"], "version": "1.0"}"#,
            "write"
        ),
        (.get, "/settings/other/metadata", nil, "read"),
        (.post, "/settings/none/metadata", #"{"metadata": {}, "version": "1.0"}"#, "write"),
        (.put, "/settings/none/metadata", #"{"metadata": {}, "version": "1.0"}"#, "write"),
        (.delete, "/settings/none/metadata", #"{"version": "1.0"}"#, "write"),
        (.put, "/settings/none/metadata/k", #"{"value": 1, "version": "1.0"}"#, "write"),
        (.delete, "/settings/none/metadata/k", #"{"version": "1.0"}"#, "write"),
        (.post, "/rules", #"{"setting": "none", "feature_values": {"theme": "x"}, "value": 1}"#, "write"),
        (.get, "/rules/1", nil, "read"), (.delete, "/rules/999", nil, "write"),
        (.get, "/rules/search?setting=other&feature_values=theme:dark", nil, "read"),
        (.put, "/rules/999/value", #"{"value": 1}"#, "write"), (.patch, "/rules/999", #"{"value": 1}"#, "write"),
        (.get, "/rules/1/metadata", nil, "read"), (.post, "/rules/999/metadata", #"{"metadata": {}}"#, "write"),
        (.put, "/rules/999/metadata", #"{"metadata": {}}"#, "write"), (.delete, "/rules/999/metadata", nil, "write"),
        (.put, "/rules/999/metadata/k", #"{"value": 1}"#, "write"), (.delete, "/rules/999/metadata/k", nil, "write"),
        (.get, "/query", nil, "read"), (.get, "/query?settings=other", nil, "read"),
    ]

    @Test("Each operation asks for its role: 401 without a known token, 403 with one that is not for it")
    func roles() async throws {
        try await Self.with { api, _ in
            #expect(Set(Self.operations.map { "\($0.0) \($0.1.split(separator: "?")[0])" }).count >= 31)
            for (method, path, body, role) in Self.operations {
                for name in [nil, "nobody"] {
                    let status = try await Self.status(api, name, method, path, body)
                    #expect(status == 401, "\(method) \(path) of \(name ?? "-")")
                }
                for (name, includes) in [
                    ("reader", ["read"]), ("declarer", ["read", "declare"]), ("writer", ["read", "declare", "write"]),
                ] {
                    let status = try await Self.status(api, name, method, path, body)
                    if includes.contains(role) {
                        #expect(
                            ![401, 403, 422, 500].contains(status) || path == "/rules", "\(method) \(path) of \(name)")
                    } else {
                        #expect(status == 403, "\(method) \(path) of \(name)")
                    }
                }
            }
        }
    }

    @Test("Every operation of the contract asks for a token, but for the health check")
    func everyOperation() async throws {
        try await Self.with { api, _ in
            for route in api.routes where route.operationID != "document" {
                #expect((route.guarding == nil) == (route.operationID == "getHealth"), "\(route.operationID)")
            }
            for path in ["//api/health", "//docs", "//redoc", "//openapi.json", "//openapi.yaml"] {
                let status = try await api.send(.get, path).status
                #expect(status == .ok)
            }
        }
    }

    @Test("A token is shown in either way, and in no other")
    func ways() async throws {
        try await Self.with { api, _ in
            let token = Self.token("reader")
            for path in ["/query?settings=other", "/settings/other"] {
                for headers in [
                    [("Authorization", "Bearer \(token)")], [("authorization", "bearer   \(token)")],
                    [("X-API-Key", token)],
                    [("X-API-Key", "wrong"), ("Authorization", "Bearer \(token)")],
                    [("X-API-Key", token), ("Authorization", "Basic eDp5")],
                ] {
                    #expect(try await api.send(.get, path, headers: headers).status == .ok, "\(headers)")
                }
                for headers in [
                    [], [("Authorization", token)], [("Authorization", "Bearer")], [("Authorization", "Bearer ")],
                    [("Authorization", "Bearer \(token)x")], [("Authorization", "Bearer \(token.dropLast())")],
                    [("Authorization", "Bearer \(token) \(token)")], [("Authorization", "Basic \(token)")],
                    [("Authorization", "Bearer x"), ("Authorization", "Bearer \(token)")], [("X-API-Key", "")],
                    [("X-API-Key", token.uppercased())], [("Cookie", "X-API-Key=\(token)")],
                    [("Authorization", "Bearer \(TokenDigest(of: token).hexadecimal)")],
                ] {
                    let answer = try await api.send(.get, path, headers: headers)
                    #expect(answer.status == .unauthorized, "\(headers)")
                    #expect(answer.headerFields[.wwwAuthenticate]?.contains("Bearer realm=") == true)
                }
                let separator = path.contains("?") ? "&" : "?"
                #expect(try await api.send(.get, "\(path)\(separator)token=\(token)").status == .unauthorized)
            }
        }
    }

    @Test("Who asks on one connection is asked each time who they are")
    func oneConnection() async throws {
        try await Self.with { api, access in
            let connection = try RawConnection(port: api.port)
            let target = "/api/v1/query?settings=other"
            for _ in 0..<3 {
                let good = ["Authorization: Bearer \(Self.token("reader"))"]
                #expect(try await connection.get(target, headers: good).status == 200)
                #expect(try await connection.get(target).status == 401)
                #expect(try await connection.get(target, headers: ["Authorization: Bearer wrong"]).status == 401)
                let limited = ["X-API-Key: \(Self.token("team_a_reader"))"]
                #expect(try await connection.get(target, headers: limited).status == 403)
            }
        }
    }

    // MARK: Limits

    @Test("A limited token is for its settings, by whatever name they are called")
    func limits() async throws {
        try await Self.with { api, _ in
            func expect(_ status: Int, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws
            {
                let got = try await Self.status(api, "team_a", method, path, body)
                #expect(got == status, "\(method) \(path)")
            }
            let version = #"{"version": "1.0"}"#
            // Their own.
            try await expect(200, .get, "/settings/team_a.x")
            try await expect(404, .get, "/settings/team_a.none")
            try await expect(200, .get, "/rules/1")
            try await expect(404, .get, "/rules/999")
            try await expect(200, .get, "/rules/search?setting=team_a.x&feature_values=theme:dark")
            try await expect(204, .put, "/rules/1/value", #"{"value": 2}"#)
            try await expect(200, .get, "/context_features")
            // Those of others, by names, by rules, and by an alias that was theirs.
            for name in ["team_b.x", "other", "none", "team_a", "Team_a.x", "team_a.y"] {
                try await expect(403, .get, "/settings/\(name)")
                try await expect(403, .delete, "/settings/\(name)")
                try await expect(403, .get, "/settings/\(name)/metadata")
                try await expect(403, .delete, "/settings/\(name)/metadata", version)
                try await expect(403, .get, "/rules/search?setting=\(name)&feature_values=theme:dark")
                try await expect(403, .post, "/settings/declare", Self.declaration(name))
                try await expect(
                    403, .post, "/rules", #"{"setting": "\#(name)", "feature_values": {"theme": "x"}, "value": 1}"#)
            }
            for rule in [2, 3, 4] {
                try await expect(403, .get, "/rules/\(rule)")
                try await expect(403, .delete, "/rules/\(rule)")
                try await expect(403, .put, "/rules/\(rule)/value", #"{"value": 2}"#)
                try await expect(403, .put, "/rules/\(rule)/metadata/k", #"{"value": 2}"#)
            }
            // Across the limits.
            try await expect(403, .put, "/settings/team_a.x/name", #"{"name": "team_b.z", "version": "1.0"}"#)
            try await expect(403, .put, "/settings/team_b.x/name", #"{"name": "team_a.z", "version": "1.0"}"#)
            try await expect(
                403, .post, "/settings/declare", Self.declaration("team_a.z", alias: "team_b.x", version: "2.0"))
            try await expect(
                403, .post, "/settings/declare", Self.declaration("team_b.z", alias: "team_a.x", version: "2.0"))
            // What concerns everybody.
            try await expect(403, .post, "/context_features", #"{"context_feature": "x"}"#)
            try await expect(403, .delete, "/context_features/theme")
            try await expect(403, .patch, "/context_features/theme/index", #"{"to_after": "theme"}"#)
            // Within the limits.
            try await expect(200, .post, "/settings/declare", Self.declaration("team_a.new"))
            try await expect(204, .put, "/settings/team_a.new/name", #"{"name": "team_a.newer", "version": "1.0"}"#)
            try await expect(204, .delete, "/settings/team_a.newer")
            // Nothing of others has changed.
            let writer = Client(api.transport, credentials: [.bearer(BearerToken(Self.token("writer")))])
            let names = try await writer.listSettings().ok.settings.map(\.name)
            #expect(names == ["other", "team_a.x", "team_b.x", "team_b.y"])
            let sentence = try await api.send(
                .get, "/settings/other", headers: [("X-API-Key", Self.token("two"))]
            ).summary
            #expect(sentence == "403 the token two is limited to settings whose names begin with team_a. or team_b.")
        }
    }

    @Test(
        "A query of a limited token has its settings alone, from memory as from the tables", arguments: [true, false])
    func queries(fromMemory: Bool) async throws {
        try await Self.with { api, _ in
            if !fromMemory { try await api.sql("ALTER TABLE rules DISABLE TRIGGER ALL") }
            let connection = try RawConnection(port: api.port)
            func answer(_ name: String, _ target: String) async throws -> RawConnection.Answer {
                try await connection.get("/api/v1\(target)", headers: ["Authorization: Bearer \(Self.token(name))"])
            }
            // Each several times, so that what is known of others' answers would be used.
            for _ in 0..<3 {
                let all = try await answer("reader", "/query").body
                #expect(all.contains("team_b.x") && all.contains("team_a.x") && all.contains("other"))
                let some = try await answer("team_a_reader", "/query")
                #expect(some.status == 200 && some.body.contains("team_a.x"))
                #expect(!some.body.contains("team_b") && !some.body.contains("other"))
                for names in ["other", "team_a.x,other", "team_a.y", "none", "team_b.x"] {
                    let target = "/query?settings=\(names)"
                    #expect([200, 404].contains(try await answer("reader", target).status))
                    #expect(try await answer("team_a_reader", target).status == 403, "\(names)")
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

    /// What waits for the lock of a setting, of its rule, or of a name.
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
        "A setting that is renamed while a limited token's operation waits for it is the token's no more",
        .timeLimit(.minutes(5)), arguments: waitingOperations)
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
                #expect(try await status == 403, "\(method) \(path)")
                return state
            }
            #expect(try await state() == renamed)
            #expect(renamed.contains("team_b.moved"))
        }
    }

    // MARK: The file

    @Test("A file that is wrong says where, and the tokens stay as they are; one that is right counts at once")
    func reloading() async throws {
        let log = InMemoryLogHandler()
        let logger = Logger(label: "test") { _ in log }
        let file = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Self.line("reader read").write(to: file, atomically: true, encoding: .utf8)
        let access = try AccessControl(file: file.path)
        func isAdmitted(_ name: String) -> Bool {
            let request = AccessRequest(
                credentials: Credentials.bearer(BearerToken(Self.token(name))), operationID: "x", scopes: ["read"])
            if case .admitted = access.admit(request) { return true }
            return false
        }
        #expect(isAdmitted("reader") && !isAdmitted("other"))
        try (Self.line("other read") + "\nnonsense").write(to: file, atomically: true, encoding: .utf8)
        access.reload(logger)
        #expect(isAdmitted("reader") && !isAdmitted("other"))
        #expect(log.entries.last?.metadata["error"].map { "\($0)" }?.contains("\(file.path):2: ") == true)
        try FileManager.default.removeItem(at: file)
        access.reload(logger)
        #expect(isAdmitted("reader"))
        try Self.line("other read").write(to: file, atomically: true, encoding: .utf8)
        access.reload(logger)
        #expect(!isAdmitted("reader") && isAdmitted("other"))
    }

    @Test("What is wrong with a file is one sentence with its line")
    func mistakes() {
        let digest = "sha256:\(String(repeating: "0f", count: 32))"
        for (text, sentence) in [
            ("", "f has no token"), ("# a read \(digest)\n\n", "f has no token"),
            ("\na read", "f:2: a line has a name, a role, sha256:… and perhaps prefixes; this one has 2 words"),
            (
                "a read \(digest) x y",
                "f:1: a line has a name, a role, sha256:… and perhaps prefixes; this one has 5 words"
            ),
            ("a! read \(digest)", "f:1: a name has letters, digits, '_', '-' and '.'; this one is 'a!'"),
            ("a admin \(digest)", "f:1: a role is read, declare or write; this one is 'admin'"),
            ("a read 0f", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            ("a read \(digest)0", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            ("a read \(digest) x,,y", "f:1: no setting's name begins with ''"),
            ("a read \(digest) x-", "f:1: no setting's name begins with 'x-'"),
            (
                "a read \(digest)\na write sha256:\(String(repeating: "0e", count: 32))",
                "f:2: the name a is that of line 1, too"
            ),
            (
                "a read \(digest)\nb write \(digest.uppercased().replacing("SHA", with: "sha"))",
                "f:2: the token is that of a, too"
            ),
        ] {
            let error = #expect(throws: AccessFileError.self) { try AccessList(parsing: text, file: "f") }
            #expect(error?.description == sentence)
        }
    }

    @Test("A new token's line is for that token, and for no other")
    func newToken() throws {
        let token = try NewToken(name: "checkout", role: .declare, prefixes: ["checkout.", "shared."])
        #expect(token.text.hasPrefix("heksher_") && token.text.utf8.count == 51 && !token.line.contains(token.text))
        let list = try AccessList(parsing: token.line, file: "f")
        let holder = AccessToken(name: "checkout", role: .declare, prefixes: ["checkout.", "shared."])
        #expect(list.holder(of: token.text) == holder)
        let other = try NewToken(name: "checkout", role: .declare, prefixes: [])
        #expect(other.text != token.text && list.holder(of: other.text) == nil)
        #expect(
            BearerToken(
                in: APIRequest(method: .get, path: "/", headerFields: [.authorization: "Bearer \(other.text)"]))?.text
                == other.text)
        #expect(throws: ConfigurationError.self) { try NewToken(name: "a b", role: .read, prefixes: []) }
        #expect(throws: ConfigurationError.self) { try NewToken(name: "a", role: .read, prefixes: ["x y"]) }
    }

    @Test("The log names the token of whoever made a change, and never the token itself")
    func log() async throws {
        let log = InMemoryLogHandler()
        var logger = Logger(label: "test") { _ in log }
        logger.logLevel = .info
        try await Self.with(logger: logger) { api, _ in
            _ = try await Self.status(api, "team_a", .put, "/rules/1/value", #"{"value": 7}"#)
            let change = log.entries.last { "\($0.message)" == "rule's value changed" }
            #expect(change?.metadata["token"] == "team_a")
            #expect(!log.entries.contains { "\($0.message) \($0.metadata)".contains("token-of") })
        }
    }
}
