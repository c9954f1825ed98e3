/// Sends a client's requests to a service. It knows the service's address, credentials and timeouts, and decides on
/// retries.
///
/// A generated client needs a transport:
///
/// ```swift
/// let client = Client(AsyncHTTPClientTransport(baseURL: "https://settings.example.com"))
/// ```
public protocol ClientTransport: Sendable {
    /// Sends a request and waits for the whole response, whatever its status.
    ///
    /// - Throws: the reason why there is no response.
    func send(_ request: APIRequest) async throws -> APIResponse

    /// Sends an operation's request and waits for the whole response. By default, it calls ``send(_:)``.
    ///
    /// - Throws: the reason why there is no response.
    func send(_ request: APIRequest, to operationID: String) async throws -> APIResponse

    /// The address of the service, for log lines; `nil` if the transport has none.
    var address: String? { get }
}

extension ClientTransport {
    /// Calls ``send(_:)``.
    public func send(_ request: APIRequest, to operationID: String) async throws -> APIResponse {
        try await send(request)
    }

    /// No address.
    public var address: String? { nil }

    /// Sends an operation's request and decodes its response. Generated clients call this.
    ///
    /// - Parameter read: returns the output, or adds problems if the contract does not declare the response.
    /// - Throws: ``ClientError``.
    public func call<Output>(
        _ operationID: String, _ request: APIRequest, _ read: (APIResponse, inout ValidationProblems) -> Output?
    ) async throws(ClientError) -> Output {
        let response: APIResponse
        do {
            response = try await send(request, to: operationID)
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

/// Calls the handlers of a contract in the same process: for tests, and for programs that are both client and server.
public struct InProcessTransport: ClientTransport {
    private let service: APIService

    /// Creates a transport to the handlers of these routes.
    public init(_ routes: [Route]) {
        service = APIService(routes)
    }

    /// Runs the handler of the request's operation, and returns its response.
    ///
    /// - Throws: the handler's error.
    public func send(_ request: APIRequest) async throws -> APIResponse {
        switch service.decide(method: request.method, path: request.path, query: request.query) {
        case .answer(let response): response
        case .operation(let route, let pathValues): try await route.answer(request, pathValues)
        }
    }
}
