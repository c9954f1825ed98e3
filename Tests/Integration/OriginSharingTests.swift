import HTTPTypes
import Testing

@testable import HTTPGuard
@testable import HeksherServer

@Suite struct OriginSharingTests {
    private static let allowed = HTTPField.Name.accessControlAllowOrigin

    @Test("Responses have CORS headers for allowed origins, and for no others")
    func origins() async throws {
        let sharing = try OriginSharing(
            parsing: "https://admin.example.com, http://localhost:3000", option: "HEKSHER_CORS_ORIGINS")
        try await ServiceUnderTest.with(features: ["theme"], sharing: sharing) { api in
            try await api.declare("a")
            for path in ["/query?settings=a", "/settings/a", "/settings/none", "/nowhere"] {
                for _ in 0..<2 {
                    for origin in ["https://admin.example.com", "http://localhost:3000"] {
                        let answer = try await api.send(.get, path, headers: [("Origin", origin)])
                        #expect(answer.headerFields[Self.allowed] == origin, "\(path)")
                        #expect(answer.headerFields[.vary]?.contains("Origin") == true)
                        #expect(answer.headerFields[.accessControlExposeHeaders]?.contains("ETag") == true)
                    }
                    for origin in ["https://admin.example.com.evil.org", "http://admin.example.com", "null", "*", ""] {
                        let answer = try await api.send(.get, path, headers: [("Origin", origin)])
                        #expect(answer.headerFields[Self.allowed] == nil, "\(origin)")
                    }
                    #expect(try await api.send(.get, path).headerFields[Self.allowed] == nil)
                }
            }
            let asked = [
                ("Origin", "https://admin.example.com"), ("Access-Control-Request-Method", "PUT"),
                ("Access-Control-Request-Headers", "authorization, content-type"),
            ]
            let preflight = try await api.send(.options, "/settings/a/type", headers: asked)
            #expect(preflight.status == .noContent && preflight.body.isEmpty)
            #expect(preflight.headerFields[.accessControlAllowMethods]?.contains("PUT") == true)
            #expect(preflight.headerFields[.accessControlAllowHeaders]?.contains("Authorization") == true)
            let other = try await api.send(
                .options, "/settings/a/type", headers: [("Origin", "https://evil.org")] + asked.dropFirst())
            #expect(other.status == .methodNotAllowed && other.headerFields[Self.allowed] == nil)
        }
    }

    @Test("Without configured origins, responses have no CORS headers")
    func off() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            for path in ["/query?settings=a", "/settings/a"] {
                let answer = try await api.send(.get, path, headers: [("Origin", "https://admin.example.com")])
                #expect(answer.status == .ok && answer.headerFields[Self.allowed] == nil)
            }
        }
    }
}
