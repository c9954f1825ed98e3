import ContractRuntime
import Testing

/// Responds with its input, as Swift prints it.
private struct Newer: NewerAPI {
    func search(_ input: Search.Input) -> Search.Output { .ok(.plainText("\(input)")) }
    func copySearch(_ input: CopySearch.Input) -> CopySearch.Output { .ok(.plainText("\(input)")) }
}

/// Operations with other methods, and parameters that describe the whole query (OpenAPI 3.2).
@Suite struct NewerDocumentTests {
    private static let transport = InProcessTransport(API.routes(newer: Newer()))

    @Test("Operations can have any method")
    func methods() async throws {
        #expect(Search.method.rawValue == "QUERY" && CopySearch.method.rawValue == "COPY")
        let client = Client(Self.transport)
        #expect(try await client.copySearch().ok == "\(CopySearch.Input())")
        let other = try await Self.transport.send(APIRequest(method: .get, path: "/search"))
        #expect(other.status == .methodNotAllowed)
        #expect(other.headerFields[.allow] == "COPY, QUERY")
    }

    @Test("A parameter can be the whole query")
    func queryString() async throws {
        let input = Search.Input(page: .init(size: 2, kinds: ["a", "b&"]), body: "text")
        #expect(input.request().query == "size=2&kinds=a&kinds=b%26")
        #expect(try await Client(Self.transport).search(input).ok == "\(input)")
        let refused = try await Self.transport.send(
            APIRequest(
                method: .named("QUERY"), path: "/search", query: "size=0", headerFields: [.contentType: "text/plain"],
                body: Array("text".utf8)))
        #expect(refused.status == .unprocessableContent)
        #expect(String(decoding: refused.body, as: UTF8.self).contains(#"["query","page","size"]"#))
    }
}
