import Foundation
import HTTPRepresentation
import HTTPTypes
import PostgresTesting
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// The page at `/`.
@Suite(.timeLimit(.minutes(20))) struct HomePageTests {
    /// The page does not yet show the state of the database.
    private struct Unchanged: Error {}

    @Test("The first page shows the version and links to the other pages, under the same policy as they")
    func home() async throws {
        try await ServiceUnderTest.with { api in
            let answer = try await api.send(.get, "//")
            let docs = try await api.send(.get, "//docs")
            #expect(answer.status == .ok && answer.text.contains("<h1>Heksher is running</h1>"))
            #expect(answer.text.contains("<dd>\(HeksherApplication.version)</dd>"))
            #expect(answer.text.contains("Requests need no token"))
            let names = ["Content-Type", "Content-Security-Policy", "Cache-Control", "Vary", "Referrer-Policy"]
            for name in names + ["X-Content-Type-Options"] {
                let field = try #require(HTTPField.Name(name))
                #expect(answer.headerFields[field] != nil && answer.headerFields[field] == docs.headerFields[field])
            }
            #expect(!answer.text.contains("<script>") && !answer.text.contains("style="))
            let references = try answer.text.references(at: "/")
            #expect(
                references.isSuperset(of: ["/", "/docs", "/redoc", "/openapi.json", "/openapi.yaml", "/api/health"]))
            for path in references { #expect(try await api.send(.get, "/\(path)").status == .ok, "\(path)") }
        }
    }

    @Test("The first page has an entity tag for each encoding, answers HEAD, and refuses other methods")
    func forms() async throws {
        try await ServiceUnderTest.with { api in
            let plain = try await api.send(.get, "//?from=here")
            let compressed = try await api.send(.get, "//", headers: [("Accept-Encoding", "gzip")])
            #expect(Gzip.decompress(compressed.body) == plain.body)
            let tag = try #require(plain.headerFields[.eTag])
            #expect(compressed.headerFields[.eTag] != tag)
            let known = try await api.send(.get, "//", headers: [("If-None-Match", tag)])
            #expect(known.status == .notModified && known.body.isEmpty)
            let head = try await api.send(.head, "//")
            #expect(head.status == .ok && head.body.isEmpty && head.headerFields[.eTag] == tag)
            let refused = try await api.send(.post, "//", "{}")
            #expect(refused.status == .methodNotAllowed && refused.headerFields[.allow] == "GET, HEAD")
            for path in ["///", "//.", "//index.html", "//%2F"] {
                #expect(try await api.send(.get, path).status == .notFound, "\(path)")
            }
        }
    }

    @Test("The first page shows whether the service can use its database")
    func health() async throws {
        try await ServiceUnderTest.with { api in
            let healthy = try await api.send(.get, "//")
            try await api.database.sql("ALTER TABLE rules RENAME TO elsewhere")
            let unhealthy = try await soon {
                // A refused operation, so that the service need not wait for the next check.
                try await api.send(.get, "/rules/1")
                let answer = try await api.send(.get, "//")
                guard answer.text.contains("<h1>Heksher cannot use its database</h1>") else { throw Unchanged() }
                return answer
            }
            #expect(unhealthy.status == .ok && unhealthy.headerFields[.eTag] != healthy.headerFields[.eTag])
            #expect(try await api.send(.get, "//api/health").status == .internalServerError)
            try await api.database.sql("ALTER TABLE elsewhere RENAME TO rules")
            try await soon {
                guard try await api.send(.get, "//").body == healthy.body else { throw Unchanged() }
            }
        }
    }

    @Test("The first page is for clients without a token, and says whether requests need one")
    func access() async throws {
        try await AccessTests.with { api, _ in
            let answer = try await api.send(.get, "//")
            #expect(answer.status == .ok && answer.text.contains("Requests need a token"))
            #expect(answer.text.contains("Authorization: Bearer $TOKEN") && !answer.text.contains("team_a"))
        }
    }

    @Test(
        "Below a root path, the first page is there with a slash, and without one leads there",
        arguments: ["/heksher", "/tools/heksher-1.0", "/api", "/docs"])
    func rootPath(root: String) async throws {
        let prefix = try #require(PathPrefix(root))
        try await ServiceUnderTest.with(configure: { $0.rootPath = RootPath(prefix) }) { api in
            for path in ["/", "\(root)/", "\(root)/?from=here"] {
                let answer = try await api.send(.get, "/\(path)")
                #expect(answer.status == .ok && answer.text.contains("Heksher is running"), "\(path)")
            }
            // If the root path is a path of the contract, that one counts: a proxy may have removed the root path.
            if root != "/docs" {
                let answer = try await api.send(.get, "/\(root)")
                #expect(answer.status == .temporaryRedirect && answer.headerFields[.location] == "\(root)/")
            }
            for path in ["\(root)//", "\(root)//evil.example", "\(root)x/"] {
                #expect(try await api.send(.get, "/\(path)").status == .notFound, "\(path)")
            }
            for path in try await api.send(.get, "/\(root)/").text.references(at: "\(root)/") {
                #expect(path.hasPrefix("\(root)/"))
                #expect(try await api.send(.get, "/\(path)").status == .ok, "\(path)")
            }
        }
    }
}

extension String {
    /// The paths to which a page refers.
    ///
    /// - Parameter page: the path of the page.
    func references(at page: String) throws -> Set<String> {
        let base = try #require(URL(string: "http://test\(page)"))
        return try Set(
            matches(of: /(?:href|src)="([^"#]*)/).map { match in
                #expect(!match.1.hasPrefix("/") && !match.1.contains(":"), "\(match.1)")
                return try #require(URL(string: String(match.1), relativeTo: base)).absoluteURL.path()
            })
    }
}
