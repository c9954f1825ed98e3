import Foundation
import HTTPTypes
import PostgresTesting
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// Which responses caches may store.
@Suite struct CachePolicyTests {
    private static let paths = [
        "/api/v1/query", "/api/v1/query?settings=a", "/api/v1/query?settings=none", "/api/v1/query?context_filters=(",
        "/api/v1/settings", "/api/v1/settings/a", "/api/v1/settings/none", "/api/v1/settings/a/metadata",
        "/api/v1/rules/1",
        "/api/v1/rules/999", "/api/v1/rules/x", "/api/v1/context_features",
        "/api/v1/rules/search?setting=a&feature_values=user:u1",
        "/api/health", "/nowhere", "/api/v1/settings/", "/api/v1/settings/declare",
    ]

    private static func access() throws -> (AccessControl, token: String) {
        let token = try NewToken(name: "writer", role: .write, prefixes: [])
        let file = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("\(token.line)\n".utf8).write(to: file)
        return (try AccessControl(file: file.path), token.text)
    }

    @Test(
        "Caches validate responses with an entity tag and do not store others; with a token, responses are private",
        arguments: [false, true], [false, true])
    func fields(withTokens: Bool, withPages: Bool) async throws {
        let (access, token) = try Self.access()
        try await ServiceUnderTest.with(
            features: ["user"], access: withTokens ? access : nil,
            sharing: withPages
                ? try OriginSharing(parsing: "https://admin.example.com", option: "HEKSHER_CORS_ORIGINS") : nil
        ) { api in
            let credentials = withTokens ? [("X-API-Key", token)] : []
            let declaration = #"{"name": "a", "configurable_features": ["user"], "type": "int", "default_value": 0}"#
            try await api.send(.post, "/settings/declare", declaration, headers: credentials)
            for number in 0..<40 {
                let rule = #"{"setting": "a", "feature_values": {"user": "u\#(number)"}, "value": 1}"#
                try await api.send(.post, "/rules", rule, headers: credentials)
            }
            func check(_ headers: [String: String], _ what: String) {
                let kind = headers["etag"] == nil ? "no-store" : "no-cache"
                #expect(headers["cache-control"] == (withTokens ? "private, \(kind)" : kind), "\(what)")
                let vary = Set((headers["vary"] ?? "").split(separator: ",").map { $0.filter { $0 != " " } })
                for name in ["Authorization", "X-API-Key"] { #expect(vary.contains(name) == withTokens, "\(what)") }
                #expect(vary.contains("Origin") == withPages, "\(what)")
                // Single settings and rules are too short to be compressed.
                let isCompressible = headers["etag"] != nil && what.contains("/query")
                #expect(vary.contains("Accept-Encoding") == isCompressible, "\(what)")
            }
            let connection = try await RawConnection(port: api.port)
            let lines = credentials.map { "\($0.0): \($0.1)" }
            // At first, a task responds; later, the connection's handler does.
            for _ in 0..<4 {
                for path in Self.paths {
                    for more in [
                        [], ["Accept-Encoding: gzip"], ["If-None-Match: *"], ["Origin: https://admin.example.com"],
                    ] {
                        let answer = try await connection.get(path, headers: lines + more)
                        check(answer.headers, "\(path) \(more)")
                        #expect(answer.status != 401)
                        if let tag = answer.headers["etag"], more != ["If-None-Match: *"] {
                            let known = try await connection.get(
                                path, headers: lines + more + ["If-None-Match: \(tag)"])
                            #expect(known.status == 304 && known.headers["etag"] == tag)
                            check(known.headers, "304 \(path) \(more)")
                        }
                    }
                    if withTokens {
                        let refused = try await connection.get(path)
                        // On a busy machine, the health check may find the database unreachable.
                        let expected = [200, 307, 401, 404, 405] + (path == "/api/health" ? [500] : [])
                        #expect(expected.contains(refused.status))
                        check(refused.headers, "\(path) without a token")
                    }
                }
            }
            try await connection.send(
                RawConnection.request(
                    "/api/v1/context_features", method: "POST", headers: lines + ["Content-Length: 2"], body: "{}"))
            check(try await connection.answer().headers, "422")
            try await connection.send(
                RawConnection.request("/api/v1/rules/1", method: "DELETE", headers: lines))
            check(try await connection.answer().headers, "204")
        }
    }

    @Test("Early refusals are not stored, and pages keep their own cache times")
    func others() async throws {
        try await ServiceUnderTest.with(access: Self.access().0) { api in
            for bytes in [
                "GET / HTTP/1.1\r\n\r\n", "nonsense\r\n\r\n",
                "GET /\(String(repeating: "x", count: 200_000)) HTTP/1.1\r\n\r\n",
            ] {
                let connection = try await RawConnection(port: api.port)
                try await connection.send(bytes)
                #expect(try await connection.answer().headers["cache-control"] == "no-store")
            }
            for path in ["//docs", "//openapi.json", "//openapi.yaml"] {
                let answer = try await api.send(.get, path)
                #expect(
                    answer.headerFields[.cacheControl] == "no-cache" && answer.headerFields[.vary] == "Accept-Encoding")
            }
        }
    }
}
