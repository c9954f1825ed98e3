/// Runs around each request of a generated client: for retries, log lines, traces, or header fields of your own.
///
/// ```swift
/// struct Retrying: ClientInterceptor {
///     func intercept(
///         _ request: APIRequest, to operationID: String, next: (APIRequest) async throws -> APIResponse
///     ) async throws -> APIResponse {
///         let response = try await next(request)
///         return response.status == .serviceUnavailable ? try await next(request) : response
///     }
/// }
///
/// let transport = AsyncHTTPClientTransport(baseURL: "https://settings.example.com")
/// let client = Client(transport.intercepted(by: Retrying()))
/// ```
public protocol ClientInterceptor: Sendable {
    /// Returns the response to a request.
    ///
    /// - Parameters:
    ///   - request: the request, with its credentials. The interceptor can pass on another one.
    ///   - operationID: the ID of the operation, as in `ReadBook.id`.
    ///   - next: the next interceptor, or the transport. The interceptor can call it several times, or not at all.
    /// - Throws: the reason why there is no response. The client's call throws it as part of a ``ClientError``.
    func intercept(
        _ request: APIRequest, to operationID: String, next: (APIRequest) async throws -> APIResponse
    ) async throws -> APIResponse
}

/// A transport whose requests pass through interceptors.
public struct InterceptedTransport<Base: ClientTransport>: ClientTransport {
    private let base: Base
    private let interceptors: [any ClientInterceptor]

    fileprivate init(_ base: Base, _ interceptors: [any ClientInterceptor]) {
        self.base = base
        self.interceptors = interceptors
    }

    /// Sends a request that belongs to no operation. No interceptor sees it.
    public func send(_ request: APIRequest) async throws -> APIResponse {
        try await base.send(request)
    }

    /// Lets the interceptors respond, the first one outermost, and then the transport.
    public func send(_ request: APIRequest, to operationID: String) async throws -> APIResponse {
        try await send(request, to: operationID, through: interceptors[...])
    }

    private func send(
        _ request: APIRequest, to operationID: String, through interceptors: ArraySlice<any ClientInterceptor>
    ) async throws -> APIResponse {
        guard let interceptor = interceptors.first else { return try await base.send(request, to: operationID) }
        return try await interceptor.intercept(request, to: operationID) { request in
            try await send(request, to: operationID, through: interceptors.dropFirst())
        }
    }

    /// The address of the transport.
    public var address: String? { base.address }
}

extension ClientTransport {
    /// A transport that sends each request of a generated client through interceptors, the first one outermost.
    public func intercepted(by interceptors: any ClientInterceptor...) -> InterceptedTransport<Self> {
        InterceptedTransport(self, interceptors)
    }
}
