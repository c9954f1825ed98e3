import ContractJSON
import HTTPTypes
import PostgresTesting
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// The service below a path of a proxy.
@Suite struct RootPathTests {
    private static func prefix(_ text: String) throws -> RootPath { RootPath(try #require(PathPrefix(text))) }

    @Test(
        "Locations contain the root path, whether or not the proxy strips it from requests",
        arguments: ["/heksher", "/tools/heksher-1.0", "/api"], [true, false])
    func configured(root: String, strips: Bool) async throws {
        try await ServiceUnderTest.with(features: ["theme"], configure: { $0.rootPath = try Self.prefix("\(root)/") }) {
            api in
            let asked = strips ? "" : root
            try await api.declare("a")
            let rule = #"{"setting": "a", "feature_values": {"theme": "x"}, "value": 1}"#
            let added = try await api.send(.post, "/\(asked)/api/v1/rules", rule)
            #expect(added.status == .created && added.headerFields[.location] == "\(root)/api/v1/rules/1")
            for (path, location) in [
                ("/api/v1/settings/?x=/y//z", "/api/v1/settings?x=/y//z"), ("/docs/", "/docs"),
                ("/api/health/", "/api/health"),
                ("/api/v1/settings/a/", "/api/v1/settings/a"),
                ("/api/v1/settings/%2F%2Fevil.example/", "/api/v1/settings/%2F%2Fevil.example"),
            ] {
                let answer = try await api.send(.get, "/\(asked)\(path)")
                #expect(
                    answer.status == .temporaryRedirect && answer.headerFields[.location] == root + location, "\(path)")
            }
            for path in ["//evil.example/", "//evil.example/docs/", "/\\evil.example/", "/nowhere/"] {
                let answer = try await api.send(.get, "/\(asked)\(path)")
                #expect(answer.status == .notFound && answer.headerFields[.location] == nil, "\(path)")
            }
            let document = try JSONValue(parsing: await api.send(.get, "/\(asked)/openapi.json").body)
            #expect(document.text(at: "servers", 0, "url") == root)
            let yaml = try await api.send(.get, "/\(asked)/openapi.yaml").text
            #expect(yaml.contains("\nservers:\n  - url: \(root)\n    description:"))
            for path in ["/docs", "/redoc"] {
                let page = try await api.send(.get, "/\(asked)\(path)")
                #expect(page.status == .ok)
                for reference in try page.text.references(at: "\(asked)\(path)") {
                    #expect(try await api.send(.get, "/\(reference)").status == .ok, "\(reference)")
                }
            }
            // Cached responses as well.
            let connection = try await RawConnection(port: api.port)
            for _ in 0..<4 {
                #expect(try await connection.get("\(asked)/api/v1/query?settings=a").status == 200)
                #expect(try await connection.get("\(asked)/api/health").status == 200)
            }
            #expect(try await connection.get("http://test\(asked)/api/v1/query?settings=a").status == 200)
            for path in ["\(root)//", "\(root)x/api/health", "\(root)\(root)/docs"] {
                #expect(try await connection.get(path).status == 404, "\(path)")
            }
        }
    }

    @Test("X-Forwarded-Prefix sets the root path only if a trusted proxy sends it")
    func forwarded() async throws {
        func locations(_ proxies: String, _ root: String?, _ values: [String]) async throws -> [String?] {
            var found: [String?] = []
            try await ServiceUnderTest.with(
                proxies: TrustedProxies(parsing: proxies, option: "HEKSHER_TRUSTED_PROXIES"),
                configure: { if let root { $0.rootPath = try Self.prefix(root) } }
            ) { api in
                for value in values {
                    let headers = [("X-Forwarded-Prefix", value)]
                    let answer = try await api.send(.get, "//docs/", headers: headers)
                    found.append(answer.headerFields[.location])
                    let document = try JSONValue(parsing: await api.send(.get, "//openapi.json", headers: headers).body)
                    let server = document.text(at: "servers", 0, "url") ?? ""
                    #expect((server == "/" ? "" : server) + "/docs" == answer.headerFields[.location])
                }
            }
            return found
        }
        #expect(try await locations("127.0.0.1", nil, ["/a", "/a/b/", "/"]) == ["/a/docs", "/a/b/docs", "/docs"])
        #expect(try await locations("127.0.0.1", "/root", ["/a", "", "/"]) == ["/a/docs", "/root/docs", "/docs"])
        #expect(try await locations("10.0.0.1", nil, ["/a"]) == ["/docs"])
        #expect(try await locations("10.0.0.1", "/root", ["/a"]) == ["/root/docs"])
        let bad = [
            "//evil.example", "/a//b", "http://evil.example", "https:evil", "a", "/\\evil.example", "/a b",
            "/a\"><script>", "/a?x",
            "/a#x", "/../a", "/a/./b", "/a%0d%0aX: y", "/%2f%2fevil.example", "/a, /b", "/é", "/a;b", "/@evil.example",
            "/" + String(repeating: "a", count: 300),
        ]
        #expect(try await locations("127.0.0.1", nil, bad) == bad.map { _ in "/docs" })
    }

}

extension JSONValue {
    fileprivate func text(at array: String, _ index: Int, _ member: String) -> String? {
        guard case .object(let members) = content,
            case .array(let elements)? = members.first(where: { $0.key == array })?.value.content,
            elements.indices.contains(index), case .object(let found) = elements[index].content,
            case .string(let text)? = found.first(where: { $0.key == member })?.value.content
        else { return nil }
        return text
    }
}
