import ContractJSON
import DocumentationPages
import Foundation
import HTTPRepresentation
import HTTPTypes
import HeksherAPI
import Testing

@testable import HTTPGuard
@testable import HeksherServer

@Suite(.timeLimit(.minutes(20))) struct DocumentationTests {
    private static let style = "assets/swagger-ui.0123456789abcdef.css"

    /// A fake of the files of Swagger UI and Redoc.
    private static func renderers() throws -> Renderers {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "heksher-renderers-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for name in [
            "swagger-ui.0123456789abcdef.css", "swagger-ui-bundle.0123456789abcdef.js",
            "redoc.standalone.0123456789abcdef.js", "redoc.LICENSE.txt",
        ] {
            let body = Gzip.compress(Array("/* \(name) */".utf8))
            try Data(body).write(to: directory.appending(path: "\(name).gz"))
        }
        try Data("not compressed".utf8).write(to: directory.appending(path: "notes"))
        return try Renderers(directory: directory.path())
    }

    @Test("The pages refer only to existing files by relative references, and their policy allows no other origin")
    func pages() async throws {
        try await ServiceUnderTest.with(renderers: Self.renderers()) { api in
            for (path, asset) in [("docs", Self.style), ("redoc", "assets/redoc.standalone.0123456789abcdef.js")] {
                let answer = try await api.send(.get, "//\(path)")
                #expect(answer.status == 200)
                #expect(answer.headerFields[.contentType] == "text/html; charset=utf-8")
                #expect(answer.headerFields[.cacheControl] == "no-cache")
                #expect(answer.headerFields[.init("X-Content-Type-Options")!] == "nosniff")
                #expect(answer.headerFields[.init("Referrer-Policy")!] == "no-referrer")
                let policy = try #require(answer.headerFields[.contentSecurityPolicy])
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self';"))
                #expect(!policy.contains("http") && !policy.contains("*"))
                #expect(answer.text.contains("\"\(asset)\"") && answer.text.contains("openapi.json"))
                #expect(!answer.text.contains("<script>") && !answer.text.contains("style="))
                #expect(answer.text.matches(of: /aria-current="page"/).count == 1)
                #expect(answer.text.contains("<a href=\"\(path)\" aria-current=\"page\">"))
                for reference in try answer.text.references(at: "/\(path)") {
                    #expect(try await api.send(.get, "/\(reference)").status == .ok, "\(reference)")
                }
            }
        }
    }

    @Test("Assets with a hash in their name are immutable for caches, and licenses are validated")
    func assets() async throws {
        try await ServiceUnderTest.with(renderers: Self.renderers()) { api in
            let answer = try await api.send(.get, "//\(Self.style)")
            #expect(answer.summary == "200 /* swagger-ui.0123456789abcdef.css */")
            #expect(answer.headerFields[.contentType] == "text/css; charset=utf-8")
            #expect(answer.headerFields[.cacheControl] == "public, max-age=31536000, immutable")
            #expect(answer.headerFields[.vary] == "Accept-Encoding")
            #expect(answer.headerFields[.init("X-Content-Type-Options")!] == "nosniff")
            let licence = try await api.send(.get, "//assets/redoc.LICENSE.txt")
            #expect(licence.headerFields[.cacheControl] == "no-cache")
            let icon = try await api.send(.get, "//favicon.ico")
            #expect(icon.headerFields[.contentType] == "image/svg+xml" && icon.text.hasPrefix("<svg"))
        }
    }

    @Test(
        "Each encoding has its own entity tag; a match gets 304, and HEAD has no body",
        arguments: ["docs", "redoc", "openapi.json", "openapi.yaml", style])
    func forms(path: String) async throws {
        try await ServiceUnderTest.with(renderers: Self.renderers()) { api in
            let plain = try await api.send(.get, "//\(path)")
            let compressed = try await api.send(.get, "//\(path)", headers: [("Accept-Encoding", "br, gzip;q=0.8")])
            #expect(plain.headerFields[.contentEncoding] == nil && compressed.headerFields[.contentEncoding] == "gzip")
            #expect(Gzip.decompress(compressed.body) == plain.body)
            let tags = [plain.headerFields[.eTag], compressed.headerFields[.eTag]].compactMap(\.self)
            #expect(Set(tags).count == 2 && tags.allSatisfy { $0.hasPrefix("\"") })
            for (encoding, tag) in zip(["identity", "gzip"], tags) {
                for field in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                    let answer = try await api.send(
                        .get, "//\(path)", headers: [("Accept-Encoding", encoding), ("If-None-Match", field)])
                    #expect(answer.status == 304 && answer.body.isEmpty && answer.headerFields[.eTag] == tag)
                    #expect(
                        answer.headerFields[.cacheControl] != nil && answer.headerFields[.vary] == "Accept-Encoding")
                }
                let head = try await api.send(.head, "//\(path)", headers: [("Accept-Encoding", encoding)])
                #expect(head.status == 200 && head.body.isEmpty && head.headerFields[.eTag] == tag)
                let length = encoding == "gzip" ? compressed.body.count : plain.body.count
                #expect(head.headerFields[.contentLength] == "\(length)")
            }
            #expect(try await api.send(.get, "//\(path)", headers: [("If-None-Match", "\"x\"")]).status == 200)
            #expect(try await api.send(.post, "//\(path)", "{}").status == 405)
        }
    }

    @Test("No path reads a file outside the documentation")
    func traversal() async throws {
        try await ServiceUnderTest.with(renderers: Self.renderers()) { api in
            for path in [
                "docs/../openapi.json", "docs/..%2fopenapi.json", "assets/../openapi.json",
                "assets/%2e%2e/%2e%2e/etc/passwd",
                "assets/..%2F..%2Fetc%2Fpasswd", "assets/notes", "assets", "assets/swagger-ui.css", "assets/nothing.js",
                "\(Self.style).gz", "assets//\(Self.style.dropFirst(7))", "docs/swagger-ui.css", "assets/%00",
            ] {
                try await api.expect(.get, "//\(path)", is: #"404 {"detail":"Not Found"}"#)
            }
        }
    }

    @Test("Without Swagger UI and Redoc, the pages list all operations and a remedy", arguments: ["docs", "redoc"])
    func missing(path: String) async throws {
        try await ServiceUnderTest.with { api in
            let answer = try await api.send(.get, "//\(path)")
            #expect(answer.status == 200 && answer.text.contains("make pages"))
            #expect(answer.text.contains("/api/v1/rules/{rule_id}/metadata/{key}") && !answer.text.contains("<script"))
        }
    }

    @Test("A directory without a required file is refused with the command to run")
    func incomplete() {
        #expect(throws: ConfigurationError.self) { try Renderers(directory: "/nowhere") }
        let error = #expect(throws: ConfigurationError.self) { try Renderers(directory: "/tmp") }
        #expect(error?.description.contains("'make pages'") == true)
    }

    @Test("openapi.yaml is served unchanged, and as JSON in the same order")
    func document() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../openapi.yaml")
        let source = try Data(contentsOf: file)
        try await ServiceUnderTest.with { api in
            let yaml = try await api.send(.get, "//openapi.yaml")
            #expect(Data(yaml.body) == source)
            #expect(yaml.headerFields[.contentType] == "application/yaml")
            let json = try JSONValue(parsing: await api.send(.get, "//openapi.json").body)
            let sections = yaml.text.matches(of: /(?m)^([a-z]+):/).map { String($0.1) }
            #expect(json.members.map(\.key) == sections)
            let paths = yaml.text.matches(of: /(?m)^  (\/[^:]*):$/).map { String($0.1) }
            #expect(json["paths"]?.members.map(\.key) == paths)
        }
    }

    @Test("Every body of the contract has an example")
    func examples() throws {
        let document = try JSONValue(parsing: DocumentedAPI.heksher.json)
        func resolved(_ value: JSONValue?) -> JSONValue? {
            guard case .string(let reference)? = value?["$ref"]?.content else { return value }
            return reference.split(separator: "/").dropFirst().reduce(document) { $0?[String($1)] }
        }
        var count = 0
        for (path, item) in document["paths"]?.members ?? [] {
            for (method, operation) in item.members {
                let bodies = [operation["requestBody"]] + (operation["responses"]?.members.map(\.value) ?? [])
                for (type, content) in bodies.flatMap({ resolved($0)?["content"]?.members ?? [] }) {
                    count += 1
                    let examples = (content["examples"]?.members ?? []).map { resolved($0.value)?["value"] }
                    #expect(content["example"] != nil || examples.contains { $0 != nil }, "\(method) \(path) \(type)")
                }
            }
        }
        #expect(count > 100)
    }

}

extension JSONValue {
    fileprivate var members: [(key: String, value: JSONValue)] {
        if case .object(let members) = content { members } else { [] }
    }

    fileprivate subscript(name: String) -> JSONValue? { members.first { $0.key == name }?.value }
}
