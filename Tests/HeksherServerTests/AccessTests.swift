import Foundation
import HeksherAPI
import HeksherClient
import InMemoryLogging
import Logging
import ContractRuntime
import LibPQ
import Testing

@testable import HeksherServer

/// Which operations and settings each token may use.
@Suite struct AccessTests {
    private static let tokens = [
        "reader read", "declarer declare", "writer write", "team_a write team_a.", "team_a_reader read team_a.",
        "two declare team_a.,team_b.",
    ]

    /// The token with this name.
    static func token(_ name: String) -> String { "token-of-\(name)" }

    /// A line of an access file with a line feed: name, role, digest and prefixes.
    private static func line(_ words: String) -> String {
        var words = words.split(separator: " ").map(String.init)
        words.insert("sha256:\(TokenDigest(of: token(words[0])).hexadecimal)", at: 2)
        if words.count == 3 { words.append("*") }
        return words.joined(separator: "  ") + "\n"
    }

    /// Runs a test with a service that requires tokens. It has settings of two teams.
    static func with(
        logger: Logger? = nil, _ test: (ServiceUnderTest, AccessControl) async throws -> Void
    ) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString)")
        try tokens.map(line).joined().write(to: file, atomically: true, encoding: .utf8)
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
            // After this, team_a's alias leads to a setting of team_b, and the other way round.
            try await client.renameSetting(name: "team_a.y", body: .init(name: "team_b.y", version: "1.0")).noContent()
            try await test(api, access)
        }
    }

    @Test(
        "A request without a known token is refused when its head arrives, with the operation's own response",
        arguments: [nil, "Authorization: Bearer wrong", "X-API-Key: wrong", "Authorization: Basic eDp4"])
    func earlyRefusals(credentials: String?) async throws {
        try await Self.with { api, _ in
            let connection = try await RawConnection(port: api.port)
            let credentials = credentials.map { [$0] } ?? []
            let targets = [
                "/api/v1/query", "/api/v1/settings", "/api/v1/settings/other", "/api/v1/settings/none", "/nowhere",
                "/api/health", "/api/v1/context_features", "/api/v1/settings/", "/docs", "/api/v1/rules/1?x=y",
            ]
            for method in ["GET", "HEAD", "POST", "DELETE", "PUT"] {
                for target in targets {
                    let answers = try await ["X: y", "Sec-Fetch-Site: none"].asyncMap { field in
                        let fields = credentials + [field, "Content-Length: 5"]
                        try await connection.send(
                            RawConnection.request(target, method: method, headers: fields, body: "hello"))
                        var answer = try await connection.answer(toHead: method == "HEAD")
                        for name in ["date", "x-request-id"] where answer.headers[name] != nil {
                            answer.headers[name] = ""
                        }
                        return answer
                    }
                    #expect(answers[0] == answers[1], "\(method) \(target)")
                }
            }
            #expect(try await connection.get(targets[0], headers: credentials).status == 401)
            // Several at once, with bodies, and other requests in between.
            let body = RawConnection.request(
                "/api/v1/rules", method: "POST", headers: credentials + ["Transfer-Encoding: chunked"],
                body: "5\r\nhello\r\n0\r\n\r\n")
            let good = ["Authorization: Bearer \(Self.token("reader"))"]
            let requests = [
                body, RawConnection.request(targets[0], headers: good),
                RawConnection.request(targets[0], headers: credentials),
                RawConnection.request(targets[1], headers: good), body,
            ]
            try await connection.send(requests.joined())
            for status in [401, 200, 401, 200, 401] { #expect(try await connection.answer().status == status) }
            // The service ends the connection if the client requests that.
            #expect(try await connection.get(targets[0], headers: credentials + ["Connection: close"]).status == 401)
            #expect(try await connection.ends())
        }
    }

    /// The status of the response to a request with this token.
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

    /// An operation of each kind, with any outcome for permitted callers.
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

    @Test("Each operation requires its role: 401 without a known token, 403 with a lower role")
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

    @Test("Every operation except the health check requires a token")
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

    @Test("A token is accepted in both header fields and only in their exact form")
    func ways() async throws {
        try await Self.with { api, _ in
            let token = Self.token("reader")
            for path in ["/query?settings=other", "/settings/other"] {
                for headers in [
                    [("Authorization", "Bearer \(token)")], [("authorization", "bearer   \(token)")],
                    [("X-API-Key", token)], [("Authorization", "Bearer\t\(token)")], [("X-API-Key", "\t\(token) \t")],
                    [("Authorization", "\tBearer \(token)\t")],
                    [("X-API-Key", token), ("Authorization", "Bearer \(token)")],
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
                    // A good token beside a bad one, or beside another good one.
                    [("X-API-Key", "wrong"), ("Authorization", "Bearer \(token)")],
                    [("X-API-Key", Self.token("writer")), ("Authorization", "Bearer \(token)")],
                    [("X-API-Key", token), ("Authorization", "Bearer wrong")],
                    [("X-API-Key", token), ("Authorization", "Bearer \(Self.token("writer"))")],
                    [("X-API-Key", token), ("Authorization", "Bearer")],
                    [("X-API-Key", token), ("Authorization", "Bearer \(token) \(token)")],
                    [("X-API-Key", token), ("Authorization", token)],
                    [("X-API-Key", token), ("X-API-Key", token)],
                    [("X-API-Key", token), ("Authorization", "Bearer \(token)"), ("Authorization", "Bearer \(token)")],
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

    @Test("The token is checked for each request of a connection")
    func oneConnection() async throws {
        try await Self.with { api, access in
            let connection = try await RawConnection(port: api.port)
            let target = "/api/v1/query?settings=other"
            for _ in 0..<3 {
                let good = ["Authorization: Bearer \(Self.token("reader"))"]
                #expect(try await connection.get(target, headers: good).status == 200)
                #expect(try await connection.get(target).status == 401)
                #expect(try await connection.get(target, headers: ["Authorization: Bearer wrong"]).status == 401)
                let limited = ["X-API-Key: \(Self.token("team_a_reader"))"]
                #expect(try await connection.get(target, headers: limited).status == 404)
                let both = good + ["X-API-Key: wrong"]
                #expect(try await connection.get(target, headers: both).status == 401)
            }
        }
    }

    // MARK: Limits

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
            // A name within the prefixes that belongs to a setting outside them is reported as taken, without details.
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
            func answer(_ name: String, _ target: String) async throws -> RawConnection.Answer {
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

    // MARK: The file

    @Test("An invalid access file is logged and keeps the tokens; a valid one applies at once")
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
        try (Self.line("other read") + "nonsense\n").write(to: file, atomically: true, encoding: .utf8)
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

    @Test("An invalid access file is reported in one sentence with the line")
    func mistakes() {
        let digest = "sha256:\(String(repeating: "0f", count: 32))"
        for (text, sentence) in [
            ("", "f has no token"), ("# a read \(digest) *\n", "f has no token"),
            ("\na read", "f:2: a line has a name, a role, sha256:… and limits; this one has 2 words"),
            ("a read \(digest) x y", "f:1: a line has a name, a role, sha256:… and limits; this one has 5 words"),
            (
                "a read \(digest)",
                "f:1: a line has a name, a role, sha256:… and limits; the limits are missing: write * for a token without limits"
            ),
            ("a! read \(digest) *", "f:1: a name has letters, digits, '_', '-' and '.'; this one is 'a!'"),
            ("a admin \(digest) *", "f:1: a role is read, declare or write; this one is 'admin'"),
            ("a read 0f *", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            ("a read \(digest)0 *", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            ("a read \(digest) x,,y", "f:1: no setting's name begins with ''"),
            ("a read \(digest) x/", "f:1: no setting's name begins with 'x/'"),
            ("a read \(digest) *,x", "f:1: no setting's name begins with '*'"),
            ("a read \(digest.dropLast()) *", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            ("a read \(digest.dropLast())\u{FF11} *", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            (
                "a read \(digest) *\na write sha256:\(String(repeating: "0e", count: 32)) *",
                "f:2: the name a is that of line 1, too"
            ),
            (
                "a read \(digest) *\nb write \(digest.uppercased().replacing("SHA", with: "sha")) *",
                "f:2: the token is that of a, too"
            ),
        ] {
            let text = text.isEmpty ? text : text + "\n"
            let error = #expect(throws: AccessFileError.self) { try AccessList(parsing: text, file: "f") }
            #expect(error?.description == sentence)
        }
        for text in [
            "a read \(digest) *", "a read \(digest) *\n# end", "a read \(digest) *\nb", "a read \(digest) *\r",
        ] {
            let error = #expect(throws: AccessFileError.self) { try AccessList(parsing: text, file: "f") }
            #expect(
                error?.description.hasSuffix(
                    "the last line has no line feed at its end: the file may have been cut short") == true)
        }
    }

    @Test("An access file that is cut short anywhere grants no token more than the whole file")
    func cutShort() throws {
        let names = ["a", "b", "c", "d", "e"]
        func line(_ name: String, _ rest: String) -> String {
            let parts = rest.split(separator: " ", maxSplits: 1)
            return "\(name) \(parts[0]) sha256:\(TokenDigest(of: Self.token(name)).hexadecimal) \(parts[1])"
        }
        let text =
            "# Tokens\n" + line("a", "read checkout.,shared.\n") + line("b", "declare team_b.\t# é\r\n") + "\n"
            + line("c", "write *\n") + "  " + line("d", "write limits,x\n")
            + line("e", "write *  # not limited\n") + "# the end\n"
        let whole = try AccessList(parsing: text, file: "f")
        #expect(names.allSatisfy { whole.holder(of: Self.token($0)) != nil })
        #expect(whole.holder(of: Self.token("b"))?.prefixes == ["team_b."])
        let file = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        var readable = 0
        for size in 0..<text.utf8.count {
            try Data(text.utf8.prefix(size)).write(to: file)
            guard let part = try? AccessList(file: file.path) else { continue }
            readable += 1
            for name in names {
                let granted = part.holder(of: Self.token(name))
                #expect(granted == nil || granted == whole.holder(of: Self.token(name)), "\(size) bytes")
            }
        }
        // Only texts that end with a whole line.
        #expect(readable < text.count { $0.isNewline })
    }

    @Test("The line of a new token admits this token and no other")
    func newToken() throws {
        let token = try NewToken(name: "checkout", role: .declare, prefixes: ["checkout.", "shared."])
        #expect(token.text.hasPrefix("heksher_") && token.text.utf8.count == 51 && !token.line.contains(token.text))
        let list = try AccessList(parsing: token.line + "\n", file: "f")
        let holder = AccessToken(
            digest: TokenDigest(of: token.text), name: "checkout", role: .declare, prefixes: ["checkout.", "shared."])
        #expect(list.holder(of: token.text) == holder)
        let other = try NewToken(name: "checkout", role: .declare, prefixes: [])
        #expect(other.text != token.text && list.holder(of: other.text) == nil && other.line.hasSuffix(" *"))
        #expect(
            BearerToken(
                in: APIRequest(method: .get, path: "/", headerFields: [.authorization: "Bearer \(other.text)"]))?.text
                == other.text)
        #expect(throws: ConfigurationError.self) { try NewToken(name: "a b", role: .read, prefixes: []) }
        #expect(throws: ConfigurationError.self) { try NewToken(name: "a", role: .read, prefixes: ["x y"]) }
    }

    @Test("The log names the token of the caller who made a change, without its secret")
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

    @Test("For tokens outside its prefixes, the name of an unreadable setting is not revealed")
    func unreadable() async throws {
        try await Self.with { api, _ in
            try await api.sql(
                """
                INSERT INTO setting_aliases VALUES ('team_b.x', 'team_a.old');
                UPDATE settings SET default_value = 'x' WHERE name = 'team_b.x';
                UPDATE settings SET default_value = 'x' WHERE name = 'team_a.x'
                """)
            for _ in 0..<3 {
                for path in ["/query?settings=team_a.old", "/settings/team_a.old"] {
                    let headers = [("Authorization", "Bearer \(Self.token("team_a_reader"))")]
                    let answer = try await api.send(.get, path, headers: headers)
                    #expect(
                        [403, 404].contains(answer.status.code) && !answer.text.contains("team_b"), "\(answer.text)")
                }
                for path in ["/query?settings=team_a.x", "/settings/team_a.x"] {
                    #expect(try await Self.status(api, "team_a_reader", .get, path) == 503)
                    #expect(try await Self.status(api, "reader", .get, path) == 503)
                }
                #expect(try await Self.status(api, "team_a_reader", .get, "/query") == 200)
            }
        }
    }
}

extension Sequence {
    /// The results of a function, called for one element after the other.
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
