import OpenAPIRuntime
import Testing

private struct ClientTestError: Error {}

/// Calls that go through the generated client, and through the generated server and back.
@Suite struct GeneratedClientTests {
    private static let client = Client(InProcessTransport(API.routes(books: Library())))

    /// A transport that always has the same response.
    private struct Canned: ClientTransport {
        var response: APIResponse

        func send(_ request: APIRequest) async throws -> APIResponse { response }
    }

    /// A transport whose service is away.
    private struct Broken: ClientTransport {
        struct Lost: Error {}

        func send(_ request: APIRequest) async throws -> APIResponse { throw Lost() }
    }

    @Test("What is given arrives, and what is answered comes back")
    func roundTrip() async throws {
        let first = try await Self.client.listBooks().ok
        #expect(first.body == [] && first.headers.eTag == "0; nil; false")
        let asked = try await Self.client.listBooks(after: 3, genres: [.novel, .nonFiction], full: true).ok
        #expect(asked.headers.eTag == "3; novel non-fiction; true")
        #expect(try await Self.client.listBooks(ifNoneMatch: "known") == .notModified)
        let book = Schemas.Book(title: "Zwei", price: 2, genres: [.poetry], notes: ["x": [1, nil]], let: "é")
        let text = try await Self.client.addBook(body: book).created
        #expect(text == String(decoding: book.jsonBytes(), as: UTF8.self))
        #expect(try await Self.client.readBook(number: 1).ok.title == "One")
    }

    @Test("Texts with characters that URLs reserve arrive as they are, and bodies may be absent")
    func encoding() async throws {
        let shelf = "a/b?c=d&e %41+é😀"
        let colours = ["red, or not", "&=#", ""]
        let input = LabelShelf.Input(shelf: shelf, colours: colours, rank: -0.5, xTrace: 7, body: ["A"])
        #expect(try await Self.client.labelShelf(input).ok == .json(["\(shelf) \(colours) -0.5 7", "A"]))
        try await Self.client.labelShelf(shelf: "x", rank: 1).noContent()
    }

    @Test("A response that was not wanted is an error with its status and what it says")
    func otherOutput() async throws {
        let error = await #expect(throws: ClientError.self) {
            _ = try await Self.client.readBook(number: 100).ok
        }
        #expect(error?.status == .unprocessableContent)
        let output = try #require(error?.otherOutput as? ReadBook.Output)
        guard case .unprocessableContent(.json(let problems)) = output else { throw ClientTestError() }
        #expect(problems.detail.count == 1)
        #expect(error?.description.hasPrefix(#"readBook: 422 {"detail":[{"loc":["path","number"]"#) == true)
        let missing = await #expect(throws: ClientError.self) {
            _ = try await Self.client.readBook(number: 2).ok
        }
        #expect(missing?.description == "readBook: 404")
        let written = await #expect(throws: ClientError.self) {
            try await Self.client.labelShelf(shelf: "x", rank: 1, body: []).noContent()
        }
        #expect(written?.status == .ok)
    }

    @Test("A response that the contract does not declare is an error with the response")
    func contractBroken() async throws {
        let teapot = APIResponse(status: .init(code: 418), contentType: "text/plain", body: Array("short".utf8))
        let error = await #expect(throws: ClientError.self) {
            try await Client(Canned(response: teapot)).readBook(number: 1)
        }
        #expect(error?.response == teapot)
        #expect(
            error?.description
                == "readBook: 418 short: the contract declares no such response: status the status 418 is not declared")
        let empty = APIResponse(status: .ok, contentType: "application/json", body: Array("{}".utf8))
        let incomplete = await #expect(throws: ClientError.self) {
            try await Client(Canned(response: empty)).readBook(number: 1)
        }
        #expect(incomplete?.description.contains("body.title field required; body.price field required") == true)
    }

    @Test("No response is an error with the transport's")
    func noResponse() async throws {
        let error = await #expect(throws: ClientError.self) { try await Client(Broken()).listBooks() }
        #expect(error?.status == nil)
        #expect(error?.description == "listBooks: no response: Lost()")
    }
}
