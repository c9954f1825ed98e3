import HTTPTypes
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// Requests that web pages can make a browser send.
@Suite struct OriginCheckTests {
    private static let declaration =
        #"{"name": "evil", "configurable_features": ["theme"], "type": "int", "default_value": 0}"#

    /// An operation of each kind that changes data.
    private static let changes: [(HTTPRequest.Method, String, String?)] = [
        (.post, "/context_features", #"{"context_feature": "evil"}"#), (.delete, "/context_features/theme", nil),
        (.patch, "/context_features/theme/index", #"{"to_after": "theme"}"#), (.post, "/settings/declare", declaration),
        (.delete, "/settings/a", nil), (.put, "/settings/a/type", #"{"type": "float", "version": "9.0"}"#),
        (.put, "/settings/a/metadata", #"{"metadata": {"evil": 1}, "version": "9.0"}"#),
        (.post, "/rules", #"{"setting": "a", "feature_values": {"theme": "evil"}, "value": 666}"#),
        (.put, "/rules/1/value", #"{"value": 666}"#), (.patch, "/rules/1", #"{"value": 666}"#),
        (.delete, "/rules/1", nil),
    ]

    private static func state(_ api: ServiceUnderTest) async throws -> String {
        var texts: [String] = []
        for path in ["/context_features", "/settings?include_additional_data=true", "/query?include_metadata=true"] {
            texts.append(try await api.send(.get, path).text)
        }
        return texts.joined(separator: "\n")
    }

    @Test("A change requested by a foreign web page gets 403 and changes nothing")
    func foreign() async throws {
        let sharing = try OriginSharing(parsing: "https://admin.example.com", option: "HEKSHER_CORS_ORIGINS")
        try await ServiceUnderTest.with(features: ["theme"], sharing: sharing) { api in
            try await api.declare("a")
            try await api.addRule("a", ["theme": "x"], 1)
            let before = try await Self.state(api)
            let own = "http://127.0.0.1:\(api.port)"
            let headers: [[(String, String)]] = [
                [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "whatever")],
                [("Sec-Fetch-Site", "")], [("Origin", "https://evil.example")], [("Origin", "null")], [("Origin", "")],
                [("Origin", "http://127.0.0.1")], [("Origin", "http://127.0.0.1:\(api.port + 1)")],
                [("Origin", "http://localhost:\(api.port)")], [("Origin", "ftp://127.0.0.1:\(api.port)")],
                [("Origin", "\(own).evil.example")], [("Origin", "\(own)/")], [("Origin", "\(own)@evil.example")],
                [("Origin", "file://")], [("Origin", own), ("Origin", "https://evil.example")],
                [("Origin", "https://evil.example"), ("Origin", own)], [("Origin", "\(own), https://evil.example")],
                [("Origin", own), ("Sec-Fetch-Site", "cross-site")],
                [("Origin", own), ("Sec-Fetch-Site", "same-site")],
                [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")],
                [("Origin", "null"), ("Sec-Fetch-Site", "same-origin")], [("Origin", "http://admin.example.com")],
                [("Origin", "https://admin.example.com.evil.example")], [("Origin", "https://admin.example.com:444")],
                // Forwarded headers count only from a trusted proxy.
                [
                    ("Origin", "https://evil.example"), ("X-Forwarded-Host", "evil.example"),
                    ("X-Forwarded-Proto", "https"),
                ],
            ]
            for fields in headers {
                for (method, path, body) in Self.changes {
                    // As a browser sends a Blob without a type, and a form.
                    for type in [nil, "text/plain", "application/json"] as [String?] {
                        let answer = try await api.send(method, path, body, contentType: type, headers: fields)
                        #expect(answer.status == .forbidden, "\(fields) \(method) \(path)")
                        #expect(answer.headerFields[.cacheControl] == "no-store")
                        #expect(answer.headerFields[.accessControlAllowOrigin] == nil)
                    }
                }
            }
            #expect(try await Self.state(api) == before)
        }
    }

    @Test("The service's own pages, allowed origins and clients other than browsers may make changes")
    func own() async throws {
        let sharing = try OriginSharing(parsing: "https://admin.example.com", option: "HEKSHER_CORS_ORIGINS")
        try await ServiceUnderTest.with(
            features: ["theme"], sharing: sharing,
            proxies: TrustedProxies(parsing: "127.0.0.1", option: "HEKSHER_TRUSTED_PROXIES"),
            configure: {
                $0.allowedHosts = try AllowedHosts(parsing: "heksher.example.com", option: "HEKSHER_ALLOWED_HOSTS")
            }
        ) { api in
            let own = "http://127.0.0.1:\(api.port)"
            for (number, fields) in [
                [], [("Origin", own)], [("Origin", own), ("Sec-Fetch-Site", "same-origin")],
                [("Sec-Fetch-Site", "same-origin")], [("Sec-Fetch-Site", "none")],
                [("Origin", "https://admin.example.com"), ("Sec-Fetch-Site", "cross-site")],
                // Proxies that end TLS: one that keeps Host and sends no headers, one that sends all headers, and
                // several proxies.
                [("Host", "heksher.example.com"), ("Origin", "https://heksher.example.com")],
                [("Host", "heksher.example.com:8443"), ("Origin", "https://heksher.example.com:8443")],
                [
                    ("Origin", "https://public.example.com"), ("X-Forwarded-Host", "public.example.com"),
                    ("X-Forwarded-Proto", "https"),
                ],
                [
                    ("Origin", "https://public.example.com"), ("X-Forwarded-Host", "public.example.com, inner"),
                    ("X-Forwarded-Proto", "https,http"), ("Sec-Fetch-Site", "same-origin"),
                ],
            ].enumerated() as EnumeratedSequence<[[(String, String)]]> {
                let body = #"{"context_feature": "f\#(number)"}"#
                let answer = try await api.send(.post, "/context_features", body, headers: fields)
                #expect(answer.status == .noContent, "\(fields)")
            }
            for fields in [
                [
                    ("Origin", "http://heksher.example.com"), ("Host", "heksher.example.com"),
                    ("X-Forwarded-Proto", "https"),
                ],
                [
                    ("Origin", "https://evil.example"), ("X-Forwarded-Host", "public.example.com"),
                    ("X-Forwarded-Proto", "https"),
                ],
            ] {
                let answer = try await api.send(
                    .post, "/context_features", #"{"context_feature": "no"}"#, headers: fields)
                #expect(answer.status == .forbidden, "\(fields)")
            }
        }
    }

    @Test("Reading is not refused for foreign pages")
    func reading() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            for fields in [
                [("Sec-Fetch-Site", "cross-site")], [("Origin", "https://evil.example")], [("Origin", "null")],
            ] {
                for path in ["/query?settings=a", "/settings/a", "//docs"] {
                    #expect(try await api.send(.get, path, headers: fields).status == .ok)
                    #expect(try await api.send(.head, path, headers: fields).status == .ok)
                }
            }
        }
    }
}
