import HTTPTypes
import Testing

@testable import HeksherServer

@Suite struct CompressionTests {
    /// A service with so many rules that an answer is worth compressing.
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["user"]) { api in
            try await api.declare("size", features: ["user"])
            for number in 0..<40 { try await api.addRule("size", ["user": "u\(number)"], 1) }
            try await test(api)
        }
    }

    @Test("A long answer is compressed for who admits gzip, under a tag of its own, each time it is asked for")
    func compressed() async throws {
        try await Self.with { api in
            let plain = try await api.send(.get, "/query")
            let tag = try #require(plain.headerFields[.eTag])
            #expect(plain.headerFields[.contentEncoding] == nil && plain.headerFields[.vary] == "Accept-Encoding")
            // The first times by a task, then by the connection itself.
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

    @Test("An answer is as new compressed as it is plain")
    func fresh() async throws {
        try await Self.with { api in
            for value in 2..<12 {
                try await api.client.changeRuleValue(id: 1, body: .init(value: .init(value))).noContent()
                let plain = try await api.send(.get, "/query")
                let compressed = try await api.send(.get, "/query", headers: [("Accept-Encoding", "gzip")])
                #expect(Gzip.decompress(compressed.body) == plain.body)
                #expect(plain.text.contains("\"value\":\(value),"))
            }
        }
    }

    @Test("Many who want the same body compressed at once all get it")
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
        "Who does not admit gzip, or asks for little, gets it plain",
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
