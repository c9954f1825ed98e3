import ContractRuntime
import Foundation
import Testing

/// The simplest implementation of the contract beside this file: its responses describe the request.
struct Library: BooksAPI {
    func listBooks(_ input: ListBooks.Input) async throws -> ListBooks.Output {
        if input.headers.ifNoneMatch == "known" { return .notModified }
        let genres = input.query.genres.map { $0.map(\.rawValue).joined(separator: " ") } ?? "nil"
        let asked = "\(input.query.after ?? 0); \(genres); \(input.query.full)"
        return .ok(.json([]), headers: .init(eTag: asked))
    }

    func addBook(_ input: AddBook.Input) async throws -> AddBook.Output {
        .created(.plainText(String(decoding: input.body.jsonBytes(), as: UTF8.self)))
    }

    func readBook(_ input: ReadBook.Input) async throws -> ReadBook.Output {
        guard input.path.number == 1 else { return .notFound }
        return .ok(.json(Schemas.Book(title: "One", price: 1.5, class: "A", owner: .company(.init(company: "Acme")))))
    }

    func labelShelf(_ input: LabelShelf.Input) async throws -> LabelShelf.Output {
        guard let label = input.body else { return .noContent }
        let told = "\(input.path.shelf) \(input.query.colours ?? []) \(input.query.rank) \(input.headers.xTrace ?? 0)"
        return .ok(.json([told] + label))
    }
}

/// Requests through generated code, from route to response.
@Suite struct GeneratedCodeTests {
    private static func respond(
        _ method: HTTPRequest.Method, _ path: String, query: String? = nil, _ fields: HTTPFields = [:],
        body: String = ""
    ) async throws -> APIResponse {
        let service = APIService(API.routes(books: Library()))
        switch service.decide(method: method, path: path, query: query) {
        case .answer(let response): return response
        case .operation(let route, let values):
            let request = APIRequest(
                method: method, path: path, query: query, headerFields: fields, body: Array(body.utf8))
            let response = try await route.respond(request, values)
            #expect(API.problems(in: response, to: route.operationID).isEmpty)
            return response
        }
    }

    /// `200 body`, or for problems `422 body.title value_error.missing, …`.
    private static func ask(
        _ method: HTTPRequest.Method, _ path: String, query: String? = nil, _ fields: HTTPFields = [:],
        body: String = ""
    ) async throws -> String {
        let response = try await respond(method, path, query: query, fields, body: body)
        let text = String(decoding: response.body, as: UTF8.self)
        guard response.status == .unprocessableContent else { return "\(response.status.code) \(text)" }
        let problems = text.matches(of: /"loc":\[(.*?)\],"msg":.*?"type":"(.*?)"/).map { match in
            "\(match.1.filter { $0 != "\"" }.replacing(",", with: ".")) \(match.2)"
        }
        return "422 \(problems.joined(separator: ", "))"
    }

    @Test(
        "A valid body is returned unchanged, without defaults of absent members",
        arguments: [
            (#"{"title":"A","price":0}"#, #"{"title":"A","price":0.0}"#),
            (
                #"{"price":1.25,"title":"é😀","lent":true,"class":"x"}"#,
                #"{"title":"é😀","price":1.25,"lent":true,"class":"x"}"#
            ),
            (
                #" {"title":"A", "price":1e2, "isbn":"9780000000000", "shelf":"B-12", "pages":-1, "genres":["non-fiction"]} "#,
                #"{"title":"A","isbn":"9780000000000","shelf":"B-12","price":100.0,"pages":-1,"genres":["non-fiction"]}"#
            ),
            (
                #"{"title":"A","price":1,"ratings":{"z":1,"a":2.0},"notes":{"x":[1.0,null]},"owner":{"name":"N"}}"#,
                #"{"title":"A","price":1.0,"ratings":{"z":1,"a":2},"notes":{"x":[1.0,null]},"owner":{"name":"N"}}"#
            ),
            (
                #"{"title":"A","price":1,"let":"a","json":"b","problems":[1],"key":"c"}"#,
                #"{"title":"A","price":1.0,"let":"a","json":"b","problems":[1],"key":"c"}"#
            ),
            (
                #"{"title":"A","price":1,"notes":null}"#,
                #"{"title":"A","price":1.0,"notes":null}"#
            ),
            (
                #"{"title":"A","price":1,"owner":{"company":"C","more":1}}"#,
                #"{"title":"A","price":1.0,"owner":{"company":"C"}}"#
            ),
        ])
    func accepted(body: String, answer: String) async throws {
        #expect(try await Self.ask(.post, "/books", body: body) == "201 \(answer)")
    }

    @Test(
        "A body that violates a keyword is refused with the location of the problem",
        arguments: [
            ("", "body value_error.missing"), ("[]", "body type_error.dict"), ("{", "body value_error.jsondecode"),
            ("{}", "body.title value_error.missing, body.price value_error.missing"),
            (#"{"title":"","price":-1}"#, "body.title value_error, body.price value_error"),
            (#"{"title":"123456789012345678901","price":"1"}"#, "body.title value_error, body.price type_error.float"),
            (#"{"title":null,"price":1}"#, "body.title type_error.string"),
            (#"{"title":"A","price":1,"pages":10000}"#, "body.pages value_error"),
            (#"{"title":"A","price":1,"pages":1.5}"#, "body.pages type_error.integer"),
            (#"{"title":"A","price":1,"pages":true}"#, "body.pages type_error.integer"),
            (#"{"title":"A","price":1,"lent":0}"#, "body.lent type_error.bool"),
            (#"{"title":"A","price":1,"isbn":"978000000000"}"#, "body.isbn value_error.str.regex"),
            (#"{"title":"A","price":1,"isbn":"978000000000x"}"#, "body.isbn value_error.str.regex"),
            (#"{"title":"A","price":1,"shelf":"B-"}"#, "body.shelf value_error.str.regex"),
            (#"{"title":"A","price":1,"genres":[]}"#, "body.genres value_error.list.min_items"),
            (#"{"title":"A","price":1,"genres":{}}"#, "body.genres type_error.list"),
            (#"{"title":"A","price":1,"genres":["novel","novel"]}"#, "body.genres value_error.list.unique_items"),
            (#"{"title":"A","price":1,"genres":["novel","poetry","non-fiction"]}"#, "body.genres value_error"),
            (#"{"title":"A","price":1,"genres":["novel","crime"]}"#, "body.genres.1 value_error"),
            (#"{"title":"A","price":1,"ratings":{}}"#, "body.ratings value_error"),
            (#"{"title":"A","price":1,"ratings":{"A":1}}"#, "body.ratings.A value_error.str.regex"),
            (#"{"title":"A","price":1,"ratings":{"a":"1"}}"#, "body.ratings.a type_error.integer"),
            (#"{"title":"A","price":1,"owner":{}}"#, "body.owner value_error"),
            (#"{"title":"A","price":1,"owner":{"name":1}}"#, "body.owner.name type_error.string"),
            (#"{"title":"A","price":1,"author":"B"}"#, "body.author value_error"),
        ])
    func refused(body: String, problems: String) async throws {
        #expect(try await Self.ask(.post, "/books", body: body) == "422 \(problems)")
    }

    @Test("Parameters are read and get defaults, and invalid ones are refused with their locations")
    func parameters() async throws {
        let plain = try await Self.respond(.get, "/books")
        #expect(plain.headerFields[.eTag] == "0; nil; false")
        let full = try await Self.respond(.get, "/books", query: "after=3&genres=novel,non-fiction&full=yes")
        #expect(full.headerFields[.eTag] == "3; novel non-fiction; true")
        #expect(try await Self.ask(.get, "/books", [.ifNoneMatch: "known"]) == "304 ")
        #expect(
            try await Self.ask(.get, "/books", query: "after=0&genres=novel,crime&full=x")
                == "422 query.after value_error, query.genres.1 value_error, query.full type_error.bool")
        let one = #"{"title":"One","price":1.5,"class":"A","owner":{"company":"Acme"}}"#
        #expect(try await Self.ask(.get, "/books/1") == "200 \(one)")
        #expect(try await Self.ask(.get, "/books/2") == "404 ")
        #expect(try await Self.ask(.get, "/books/x") == "422 path.number type_error.integer")
        #expect(try await Self.ask(.get, "/books/100") == "422 path.number value_error")
        #expect(try await Self.ask(.delete, "/books") == #"405 {"detail":"Method Not Allowed"}"#)
        #expect(try await Self.ask(.get, "/films") == #"404 {"detail":"Not Found"}"#)
    }

    @Test("The check of responses finds responses that the contract does not declare")
    func responses() {
        func problems(_ response: APIResponse) -> Bool { !API.problems(in: response, to: "listBooks").isEmpty }
        let fields: HTTPFields = [.contentType: "application/json", .eTag: "x"]
        #expect(!problems(APIResponse(status: .ok, headerFields: fields, body: Array("[]".utf8))))
        #expect(problems(APIResponse(status: .ok, headerFields: fields, body: Array("{}".utf8))))
        #expect(problems(APIResponse(status: .ok, headerFields: fields, body: Array(#"[{"title":"A"}]"#.utf8))))
        #expect(problems(APIResponse(status: .ok, contentType: "application/json", body: Array("[]".utf8))))
        #expect(problems(APIResponse(status: .ok, headerFields: [.contentType: "text/plain", .eTag: "x"])))
        #expect(problems(APIResponse(status: .created, headerFields: fields, body: Array("[]".utf8))))
        #expect(API.problems(in: APIResponse(status: .notFound), to: "readBook").isEmpty)
        #expect(!API.problems(in: APIResponse(status: .notFound), to: "burnBook").isEmpty)
    }

    @Test("Generated code contains the document as JSON and as the original YAML")
    func document() throws {
        let document = try JSONValue(parsing: API.documentJSON.withUTF8Buffer { Array($0) })
        #expect(document.text.hasPrefix(#"{"openapi":"3.1.0","info":{"title":"Library""#))
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "openapi.yaml")
        #expect(Data(API.documentYAML.withUTF8Buffer { Array($0) }) == (try Data(contentsOf: file)))
    }

    @Test(
        "A body must have at least one of the required sets of members",
        arguments: [
            (#"{"phone":"1"}"#, ""), (#"{"street":"A","city":"B"}"#, ""), (#"{"phone":"1","street":null}"#, ""),
            (#"{"phone":"1","street":"A"}"#, ""), ("{}", "body.owner.contact value_error"),
            (#"{"street":"A"}"#, "body.owner.contact value_error"),
            (#"{"street":null,"city":"B"}"#, "body.owner.contact value_error"),
            (#"{"other":1}"#, "body.owner.contact value_error"),
            (#"{"phone":null}"#, "body.owner.contact.phone type_error.string"),
            (#"{"phone":"1","street":"a"}"#, "body.owner.contact.street value_error.str.regex"),
            (#"{"street":1,"city":"B"}"#, "body.owner.contact.street type_error.string"),
        ])
    func choices(contact: String, problems: String) async throws {
        let answer = try await Self.ask(
            .post, "/books", body: #"{"title":"A","price":1,"owner":{"company":"C","contact":\#(contact)}}"#)
        if problems.isEmpty {
            #expect(answer.hasPrefix("201 "), "\(answer)")
        } else {
            #expect(answer == "422 \(problems)")
        }
    }
}
