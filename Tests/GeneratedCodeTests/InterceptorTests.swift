import ContractRuntime
import Synchronization
import Testing

/// Interceptors around the handlers of generated routes.
@Suite struct InterceptorTests {
    /// Records what it sees, and refuses, changes or completes requests.
    private final class Recorder: OperationInterceptor {
        private let lines = Mutex<[String]>([])
        let name: String
        var seen: [String] { lines.withLock { $0 } }

        init(_ name: String) { self.name = name }

        func intercept<Operation: APIOperation>(
            _ request: OperationRequest<Operation>, next: (OperationRequest<Operation>) async throws -> APIResponse
        ) async throws -> APIResponse {
            var request = request
            let line = "\(name) \(Operation.id) \(Operation.method) \(Operation.path) \(request.problems.count)"
            lines.withLock { $0.append(line) }
            if name == "renumbers", var input = request.input as? ReadBook.Input {
                input.path.number = 1
                request.input = input as? Operation.Input
            }
            if name == "adds", request.input is AddBook.Input {
                request.problems.add(ValidationProblem(.other, "not today", at: [.name("body")]))
            }
            if name == "refuses" { return APIResponse(status: .forbidden) }
            return try await next(request)
        }
    }

    private static func client(_ interceptors: Recorder...) -> Client {
        Client(InProcessTransport(API.routes(books: Library(), interceptors: interceptors)))
    }

    @Test("An interceptor sees the operation and its decoded input, and can change the input")
    func change() async throws {
        let (outer, inner) = (Recorder("outer"), Recorder("renumbers"))
        #expect(try await Self.client(outer, inner).readBook(number: 2).ok.title == "One")
        #expect(outer.seen == ["outer readBook GET /books/{number} 0"])
        #expect(inner.seen == ["renumbers readBook GET /books/{number} 0"])
    }

    @Test("An interceptor sees a request that violates the contract, with its problems")
    func problems() async throws {
        let recorder = Recorder("outer")
        let answer = try await Self.client(recorder).readBook(number: 100)
        guard case .unprocessableContent = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(recorder.seen == ["outer readBook GET /books/{number} 1"])
    }

    @Test("Problems that an interceptor adds refuse the request before its handler runs")
    func addedProblem() async throws {
        let answer = try await Self.client(Recorder("adds")).addBook(
            body: Schemas.Book(title: "Zwei", price: 2, let: "é"))
        guard case .unprocessableContent(.json(let problems)) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(problems.detail.count == 1 && "\(problems.detail)".contains("not today"))
    }

    @Test("An interceptor that responds itself keeps the request from all that come after it")
    func refusal() async throws {
        let inner = Recorder("inner")
        let route = API.routes(books: Library(), interceptors: [Recorder("refuses"), inner])[0]
        let response = try await route.respond(APIRequest(method: .get, path: "/books"), [])
        #expect(response.status == .forbidden)
        #expect(inner.seen == [])
    }
}
