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

/// Which operations and settings each token may use.
@Suite struct AccessTests {
    private static let tokens = [
        "reader read", "declarer declare", "writer write", "team_a write team_a.", "team_a_reader read team_a.",
        "two declare team_a.,team_b.",
    ]

    /// The token with this name.
    static func token(_ name: String) -> String { "token-of-\(name)" }

    /// A line of an access file with a line feed: name, role, digest and prefixes.
    static func line(_ words: String) -> String {
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
    static func status(
        _ api: ServiceUnderTest, _ name: String?, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil
    ) async throws -> Int {
        let headers = name.map { [("Authorization", "Bearer \(token($0))")] } ?? []
        return try await api.send(method, path, body, headers: headers).status.code
    }

    static func declaration(_ name: String, alias: String? = nil, version: String = "1.0") -> String {
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
        (.get, "/context_features/theme/values", nil, "read"),
        (.put, "/context_features/theme/values", #"{"values": null}"#, "write"),
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
            #expect(Set(Self.operations.map { "\($0.0) \($0.1.split(separator: "?")[0])" }).count >= 33)
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
            for path in ["//api/health", "//", "//docs", "//redoc", "//openapi.json", "//openapi.yaml"] {
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
