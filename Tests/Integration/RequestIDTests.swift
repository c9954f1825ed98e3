import HTTPTypes
import PostgresTesting
import Testing

@Suite struct RequestIDTests {
    @Test("Every error response has an id of its own, and no other response has one")
    func errors() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let field = try #require(HTTPField.Name("X-Request-ID"))
            var ids: Set<String> = []
            func expectID(_ status: Int, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil)
                async throws
            {
                let answer = try await api.send(method, path, body)
                #expect(answer.status.code == status, "\(method) \(path): \(answer.summary)")
                let id = answer.headerFields[field] ?? ""
                #expect(!id.isEmpty && ids.insert(id).inserted, "\(method) \(path)")
            }
            try await expectID(404, .get, "/nowhere")
            try await expectID(404, .get, "/rules/1")
            try await expectID(405, .put, "/context_features", "{}")
            try await expectID(409, .post, "/context_features", #"{"context_feature":"theme"}"#)
            try await expectID(413, .post, "/context_features", String(repeating: " ", count: 1 << 20 + 1))
            try await expectID(422, .post, "/context_features", "{}")
            try await expectID(422, .head, "/rules/x")
            #expect(try await api.send(.get, "/context_features").headerFields[field] == nil)
            #expect(try await api.send(.get, "/context_features/").headerFields[field] == nil)
            let server = try await TestServer.shared()
            let name = api.database.name
            try await server.run("ALTER DATABASE \(name) ALLOW_CONNECTIONS false")
            // A connection that is being opened is not in the list yet.
            while try await api.send(.get, "/context_features").status == .ok {
                try await server.run(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '\(name)'")
            }
            try await expectID(503, .get, "/context_features")
            try await expectID(503, .post, "/context_features", #"{"context_feature":"a"}"#)
            try await server.run("ALTER DATABASE \(name) ALLOW_CONNECTIONS true")
        }
    }
}
