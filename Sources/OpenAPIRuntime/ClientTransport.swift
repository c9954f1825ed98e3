/// How a client's requests reach a service: it knows the service's address, credentials and timeouts, and whether to try
/// again what failed.
///
/// Generated clients are made with one:
///
/// ```swift
/// let client = Client(AsyncHTTPClientTransport(baseURL: "https://settings.example.com"))
/// ```
public protocol ClientTransport: Sendable {
    /// Sends a request and waits for the whole response, whatever its status.
    ///
    /// - Throws: what kept the response from coming.
    func send(_ request: APIRequest) async throws -> APIResponse
}

extension ClientTransport {
    /// Sends an operation's request and reads its response: what generated clients call.
    ///
    /// - Parameter read: makes the output, or adds problems if the response is none that the contract declares.
    public func call<Output>(
        _ operationID: String, _ request: APIRequest, _ read: (APIResponse, inout ValidationProblems) -> Output?
    ) async throws(ClientError) -> Output {
        let response: APIResponse
        do {
            response = try await send(request)
        } catch {
            throw ClientError(operationID, .noResponse(error))
        }
        var problems = ValidationProblems()
        guard let output = read(response, &problems) else {
            throw ClientError(operationID, .contractBroken(problems), response)
        }
        return output
    }
}

/// Calls the handlers of a contract in the same process: for tests, and for programs that are client and server in one.
public struct InProcessTransport: ClientTransport {
    private let service: APIService

    public init(_ routes: [Route]) {
        service = APIService(routes)
    }

    /// - Throws: what the handler throws.
    public func send(_ request: APIRequest) async throws -> APIResponse {
        switch service.decide(method: request.method, path: request.path, query: request.query) {
        case .answer(let response): response
        case .operation(let route, let pathValues): try await route.answer(request, pathValues)
        }
    }
}
