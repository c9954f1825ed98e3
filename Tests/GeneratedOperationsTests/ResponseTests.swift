import ContractRuntime
import Testing

private struct Answers: AnswersAPI {
    func answer(_ input: Answer.Input) -> Answer.Output {
        let headers = Answer.Ok.Headers(
            xCount: 2, xNames: ["a", "b c"], xPlace: .init(x: 1, name: "n"), xJson: [1, 2])
        switch input.path.status {
        case 200:
            let place = Schemas.Place(x: 7)
            switch input.accept.best(of: Answer.Ok.MediaType.self) {
            case .csv: return .ok(.csv("x\n7\n"), headers: headers)
            case .anyImage: return .ok(.anyImage(ByteStream([1, 2, 3], contentType: "image/gif")), headers: headers)
            case .json, nil: return .ok(.json(place), headers: .init(xCount: 1))
            }
        case 200..<300: return .successful(status: input.path.status)
        case 400..<500: return .clientError(status: input.path.status, .json(.init(detail: "no")))
        default:
            return .default(status: input.path.status, .plainText(input.path.status), headers: .init(retryAfter: 5))
        }
    }
}

@Suite struct ResponseTests {
    private static let transport = InProcessTransport(API.routes(answers: Answers()))
    private static let client = Client(transport)

    @Test("A response has the media type that the Accept header prefers")
    func accept() async throws {
        guard case .ok(.json(let place), let few) = try await Self.client.answer(status: 200) else {
            Issue.record("no JSON")
            return
        }
        #expect(place == .init(x: 7) && few == .init(xCount: 1))
        let csv = Answer.Input(path: .init(status: 200), accept: .init("application/json;q=0.5, text/*"))
        guard case .ok(.csv(let text), let headers) = try await Self.client.answer(csv) else {
            Issue.record("no CSV")
            return
        }
        #expect(text == "x\n7\n")
        #expect(headers == .init(xCount: 2, xNames: ["a", "b c"], xPlace: .init(x: 1, name: "n"), xJson: [1, 2]))
        let image = Answer.Input(path: .init(status: 200), accept: .init("image/png, */*;q=0.1"))
        guard case .ok(.json, _) = try await Self.client.answer(image) else {
            Issue.record("a range does not have any of its types")
            return
        }
        let images = Answer.Input(path: .init(status: 200), accept: .init("image/*"))
        let response = try await Self.transport.send(images.request())
        #expect(response.headerFields[.contentType] == "image/gif")
        guard case .ok(.anyImage(let bytes), _) = try await Self.client.answer(images) else {
            Issue.record("no image")
            return
        }
        #expect(bytes.contentType == "image/gif")
        #expect(try await bytes.collect(upTo: 3) == [1, 2, 3])
    }

    @Test(
        "Accept is read as RFC 9110 §12.5.1 requires",
        arguments: [
            (nil, "a/x"), ("", "a/x"), ("*/*", "a/x"), ("b/y", "b/y"), ("a/x;q=0.5, b/y", "b/y"),
            ("a/*;q=0.5, b/*;q=0.6", "b/y"), ("*/*, a/x;q=0", "b/y"), ("*/*;q=0.1, b/y;q=0.2", "b/y"),
            ("A/X;Q=1", "a/x"), ("c/*", nil), ("a/x;q=0,b/y;q=0.000", nil), ("nonsense", "a/x"), ("b/y;q=2", "a/x"),
            ("a/x;level=1", nil),
        ] as [(String?, String?)])
    func quality(field: String?, best: String?) {
        #expect(AcceptedMediaTypes(field).best(of: ["a/x", "b/y"]) == best)
    }

    @Test("Responses are declared by status, by range and by default")
    func statuses() async throws {
        #expect(try await Self.client.answer(status: 204) == .successful(status: 204))
        #expect(try await Self.client.answer(status: 418) == .clientError(status: 418, .json(.init(detail: "no"))))
        #expect(
            try await Self.client.answer(status: 503)
                == .default(status: 503, .plainText(503), headers: .init(retryAfter: 5)))
        let error = await #expect(throws: ClientError.self) { _ = try await Self.client.answer(status: 400).ok }
        #expect(error?.description == #"answer: 400 {"detail":"no"}"#)
    }

    @Test("The check of responses finds responses that violate the contract")
    func broken() {
        func problems(_ status: Int, _ fields: HTTPFields = [:], _ body: String = "") -> String {
            API.problems(
                in: APIResponse(status: .init(code: status), headerFields: fields, body: Array(body.utf8)), to: "answer"
            ).description
        }
        #expect(problems(200, [.contentType: "text/csv"], "a") == "header.X-Count field required")
        #expect(
            problems(200, [.contentType: "text/html"], "a").hasPrefix("header.Content-Type the media type text/html"))
        #expect(problems(201, [:], "a") == "body a body where none is declared")
        #expect(problems(500, [.contentType: "text/plain"], "a") == "body value is not a valid integer")
        #expect(
            problems(500, [.contentType: "text/plain", .retryAfter: "x"], "1")
                == "header.Retry-After value is not a valid integer")
        #expect(problems(404, [.contentType: "application/json"], "{}") == "body.detail field required")
    }

    @Test("A client accepts the media types that the contract declares")
    func accepted() {
        #expect(
            Answer.Input(status: 1).request().headerFields[.accept] == "application/json, text/csv, image/*, text/plain"
        )
    }

    @Test("A client's servers have the URLs and variables of the contract")
    func servers() {
        #expect(Server.server1().url == "https://eu-west.depot.example:443/v1")
        #expect(Server.server1(region: .us, port: "8443").url == "https://us.depot.example:8443/v1")
        #expect(Server.server2.url == "/v1")
    }
}
