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

/// Interceptors around the transport of a generated client.
@Suite struct ClientInterceptorTests {
    private struct Lost: Error {}

    /// Counts the requests of each operation, and adds a header field.
    private final class Tracing: ClientInterceptor {
        let seen = Mutex<[String]>([])
        let name: String

        init(_ name: String) { self.name = name }

        func intercept(
            _ request: APIRequest, to operationID: String, next: (APIRequest) async throws -> APIResponse
        ) async throws -> APIResponse {
            seen.withLock { $0.append("\(name) \(operationID) \(request.path)") }
            var request = request
            request.path = request.path.replacing("/2", with: "/1")
            return try await next(request)
        }
    }

    /// Sends a request again until it is found.
    private struct Retrying: ClientInterceptor {
        func intercept(
            _ request: APIRequest, to operationID: String, next: (APIRequest) async throws -> APIResponse
        ) async throws -> APIResponse {
            for _ in 0..<2 {
                let response = try await next(request)
                if operationID != ReadBook.id || response.status == .ok { return response }
            }
            throw Lost()
        }
    }

    @Test("Interceptors see each request in their order, and can change and repeat it")
    func order() async throws {
        let (outer, inner) = (Tracing("outer"), Tracing("inner"))
        let transport = InProcessTransport(API.routes(books: Library()))
        let client = Client(transport.intercepted(by: outer, inner))
        #expect(try await client.readBook(number: 2).ok.title == "One")
        #expect(outer.seen.withLock { $0 } == ["outer readBook /books/2"])
        #expect(inner.seen.withLock { $0 } == ["inner readBook /books/1"])
        let retrying = Client(transport.intercepted(by: Retrying(), outer))
        let error = await #expect(throws: ClientError.self) { _ = try await retrying.readBook(number: 3) }
        #expect(error?.description.hasPrefix("readBook: ") == true)
        #expect(outer.seen.withLock { $0.count } == 3)
    }

    @Test("An intercepted transport has the address of its base, and intercepted transports can be intercepted again")
    func nesting() async throws {
        struct Addressed: ClientTransport {
            var address: String? { "http://books" }

            func send(_ request: APIRequest) async throws -> APIResponse { APIResponse(status: .notFound) }
        }
        let (first, second) = (Tracing("first"), Tracing("second"))
        let transport = Addressed().intercepted(by: first).intercepted(by: second)
        #expect(transport.address == "http://books")
        _ = try await Client(transport).readBook(number: 7)
        #expect(
            first.seen.withLock { $0 } + second.seen.withLock { $0 } == [
                "first readBook /books/7", "second readBook /books/7",
            ])
        #expect(try await transport.send(APIRequest(method: .get, path: "/")).status == .notFound)
        #expect(first.seen.withLock { $0.count } == 1)
    }
}
