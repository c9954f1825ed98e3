import ContractRuntime
import Testing

private struct ClientTestError: Error {}

/// Calls through the generated client, and through the generated server back.
@Suite struct GeneratedClientTests {
    private static let client = Client(InProcessTransport(API.routes(books: Library())))

    /// A transport that always returns the same response.
    private struct Canned: ClientTransport {
        var response: APIResponse

        func send(_ request: APIRequest) async throws -> APIResponse { response }
    }

    /// A transport that gets no response.
    private struct Broken: ClientTransport {
        struct Lost: Error {}

        func send(_ request: APIRequest) async throws -> APIResponse { throw Lost() }
    }

    @Test("Parameters and bodies pass unchanged through generated client and server")
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

    @Test("Reserved characters in parameters arrive unchanged, and a body may be absent")
    func encoding() async throws {
        let shelf = "a/b?c=d&e %41+é😀"
        let colours = ["red, or not", "&=#", ""]
        let input = LabelShelf.Input(shelf: shelf, colours: colours, rank: -0.5, xTrace: 7, body: ["A"])
        #expect(try await Self.client.labelShelf(input).ok == .json(["\(shelf) \(colours) -0.5 7", "A"]))
        try await Self.client.labelShelf(shelf: "x", rank: 1).noContent()
    }

    @Test("A declared response that the caller does not expect throws an error with its status and content")
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

    @Test("An undeclared or invalid response throws an error with the response")
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

    @Test("A failed transport throws an error without a status, and with the transport's error")
    func noResponse() async throws {
        let error = await #expect(throws: ClientError.self) { try await Client(Broken()).listBooks() }
        #expect(error?.status == nil)
        #expect(error?.description == "listBooks: no response: Lost()")
    }
}
