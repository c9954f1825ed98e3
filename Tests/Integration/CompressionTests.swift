import HTTPRepresentation
import HTTPTypes
import Testing

@testable import HeksherServer

@Suite struct CompressionTests {
    /// A service with enough rules that responses are worth compressing.
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["user"]) { api in
            try await api.declare("size", features: ["user"])
            for number in 0..<40 { try await api.addRule("size", ["user": "u\(number)"], 1) }
            try await test(api)
        }
    }

    @Test("A long response is compressed if gzip is accepted, and has its own entity tag")
    func compressed() async throws {
        try await Self.with { api in
            let plain = try await api.send(.get, "/query")
            let tag = try #require(plain.headerFields[.eTag])
            #expect(plain.headerFields[.contentEncoding] == nil && plain.headerFields[.vary] == "Accept-Encoding")
            // At first, a task responds; later, the connection's handler does.
            for _ in 0..<4 {
                let answer = try await api.send(.get, "/query", headers: [("Accept-Encoding", "br, gzip;q=0.5")])
                #expect(
                    answer.headerFields[.contentEncoding] == "gzip" && answer.headerFields[.vary] == "Accept-Encoding")
                #expect(answer.headerFields[.eTag] == "\(tag.dropLast())-gzip\"")
                #expect(answer.body.count < plain.body.count / 4)
                #expect(Gzip.decompress(answer.body) == plain.body)
            }
            for known in [tag, "\(tag.dropLast())-gzip\""] {
                for encoding in ["gzip", "identity"] {
                    let headers = [("If-None-Match", known), ("Accept-Encoding", encoding)]
                    let answer = try await api.send(.get, "/query", headers: headers)
                    #expect(answer.status == .notModified && answer.headerFields[.eTag] == known)
                }
            }
        }
    }

    @Test("A compressed response is as current as a plain one")
    func fresh() async throws {
        try await Self.with { api in
            for value in 2..<12 {
                try await api.client.changeRuleValue(ruleId: 1, body: .init(value: .init(value))).noContent()
                let plain = try await api.send(.get, "/query")
                let compressed = try await api.send(.get, "/query", headers: [("Accept-Encoding", "gzip")])
                #expect(Gzip.decompress(compressed.body) == plain.body)
                #expect(plain.text.contains("\"value\":\(value),"))
            }
        }
    }

    @Test("Concurrent requests for a compressed response all get it")
    func together() async throws {
        try await Self.with { api in
            let plain = try await api.send(.get, "/query").body
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        let answer = try await api.send(.get, "/query", headers: [("Accept-Encoding", "gzip")])
                        return Gzip.decompress(answer.body) == plain
                    }
                }
                let areEqual = try await group.allSatisfy { $0 }
                #expect(areEqual)
            }
        }
    }

    @Test(
        "Short responses, and those to clients that do not accept gzip, are not compressed",
        arguments: [("/query", ""), ("/query", "br"), ("/query", "gzip;q=0"), ("/query?context_filters=", "gzip")])
    func plain(path: String, encoding: String) async throws {
        try await Self.with { api in
            for _ in 0..<3 {
                let answer = try await api.send(.get, path, headers: [("Accept-Encoding", encoding)])
                #expect(answer.status == .ok && answer.headerFields[.contentEncoding] == nil)
                #expect(answer.text.hasPrefix(#"{"settings":{"size":"#))
            }
        }
    }
}
