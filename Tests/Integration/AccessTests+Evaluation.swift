import ContractRuntime
import PostgresTesting
import Testing

@testable import HeksherServer

// Evaluations with tokens.
extension AccessTests {
    @Test(
        "An evaluation for a limited token has its settings alone, from memory as from the tables",
        arguments: [true, false])
    func evaluations(fromMemory: Bool) async throws {
        try await Self.with { api, _ in
            if !fromMemory { try await api.sql("ALTER TABLE rules DISABLE TRIGGER ALL") }
            let connection = try await RawConnection(port: api.port)
            func get(_ name: String, _ target: String) async throws -> RawConnection.Response {
                try await connection.get(target, headers: ["Authorization: Bearer \(Self.token(name))"])
            }
            func post(_ name: String, _ target: String) async throws -> RawConnection.Response {
                let fields = [
                    "Authorization: Bearer \(Self.token(name))", "Content-Type: application/json", "Content-Length: 2",
                ]
                try await connection.send(RawConnection.request(target, method: "POST", headers: fields, body: "{}"))
                return try await connection.answer()
            }
            let flags = "/ofrep/v1/evaluate/flags"
            // Each several times, so that what is known of others' answers would be used.
            for _ in 0..<3 {
                for answer in [
                    try await get("reader", "/api/v1/evaluate"), try await post("reader", flags),
                    try await get("reader", "/openfeature/v0/manifest"),
                ] {
                    #expect(
                        answer.status == 200 && answer.body.contains("team_b.x") && answer.body.contains("team_a.x"))
                }
                for answer in [
                    try await get("team_a_reader", "/api/v1/evaluate"), try await post("team_a_reader", flags),
                    try await get("team_a_reader", "/openfeature/v0/manifest"),
                ] {
                    #expect(answer.status == 200 && answer.body.contains("team_a.x"))
                    #expect(!answer.body.contains("team_b") && !answer.body.contains("other"))
                }
                for name in ["other", "team_a.y", "team_b.x", "team_b.y", "none", "team_a.none"] {
                    let refused = try await get("team_a_reader", "/api/v1/evaluate?settings=\(name)")
                    #expect(refused.status == 404 && refused.body == "the settings ['\(name)'] do not exist")
                    let explained = try await get("team_a_reader", "/api/v1/explain?setting=\(name)")
                    #expect(explained.status == 404 && explained.body == "the setting \(name) does not exist")
                    let flag = try await post("team_a_reader", "\(flags)/\(name)")
                    #expect(
                        flag.status == 404
                            && flag.body == #"""
                                {"key":"\#(name)","errorCode":"FLAG_NOT_FOUND","errorDetails":"the setting \#(name) does not exist"}
                                """#
                    )
                    #expect([200, 404].contains(try await post("reader", "\(flags)/\(name)").status))
                    #expect([200, 404].contains(try await get("reader", "/api/v1/evaluate?settings=\(name)").status))
                }
                for path in ["/api/v1/evaluate?settings=team_a.x", "/api/v1/explain?setting=team_a.x"] {
                    let (limited, unlimited) = (try await get("team_a_reader", path), try await get("reader", path))
                    #expect(limited.status == 200 && limited.body == unlimited.body)
                }
                #expect(try await post("team_a_reader", "\(flags)/team_a.x").status == 200)
            }
        }
    }

    @Test("Without a known token, flags are 401 without a body")
    func flags() async throws {
        try await Self.with { api, _ in
            for path in [
                "//ofrep/v1/evaluate/flags", "//ofrep/v1/evaluate/flags/other", "//ofrep/v1/evaluate/flags/none",
            ] {
                for headers in [[], [("Authorization", "Bearer wrong")], [("X-API-Key", "wrong")]] {
                    let answer = try await api.send(.post, path, "{}", headers: headers)
                    #expect(answer.status == 401 && answer.body.isEmpty && answer.headerFields[.wwwAuthenticate] != nil)
                }
                #expect(
                    try await api.send(.post, path, "{}", headers: [("X-API-Key", Self.token("reader"))]).status.code
                        < 405)
            }
        }
    }
}
