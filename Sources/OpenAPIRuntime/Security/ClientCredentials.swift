/// What a client knows of itself: the credentials that it sends where an operation asks for them.
///
/// ```swift
/// let client = Client(transport, credentials: [.bearer(BearerToken("secret"))])
/// ```
public struct ClientCredentials<Credentials: SecurityCredentials>: Sendable, ExpressibleByArrayLiteral {
    private let current: @Sendable () async throws -> [Credentials]

    /// Credentials that stay as they are.
    public init(_ credentials: [Credentials]) {
        current = { credentials }
    }

    public init(arrayLiteral credentials: Credentials...) {
        self.init(credentials)
    }

    /// Credentials that change, tokens that expire say.
    ///
    /// - Parameter current: gives those of the moment. It is asked at each call of an operation that wants some; what it throws
    ///   is thrown by the call, as a ``ClientError`` without a response.
    public init(_ current: @escaping @Sendable () async throws -> [Credentials]) {
        self.current = current
    }

    /// Those for the first alternative of an operation that there are some for.
    fileprivate func chosen(for operation: OperationSecurity<Credentials>) async throws -> Credentials? {
        let known = try await current()
        return operation.alternatives.lazy.compactMap { alternative in
            known.first { $0.kind == alternative.kind }
        }.first
    }
}

extension ClientTransport {
    /// Sends an operation's request with the credentials that it asks for, if there are any, and reads its response: what generated
    /// clients call.
    public func call<Output, Credentials>(
        _ operation: OperationSecurity<Credentials>, _ credentials: ClientCredentials<Credentials>,
        _ request: APIRequest, _ read: (APIResponse, inout ValidationProblems) -> Output?
    ) async throws(ClientError) -> Output {
        var request = request
        do {
            try await credentials.chosen(for: operation)?.add(to: &request)
        } catch {
            throw ClientError(operation.operationID, .noResponse(error))
        }
        return try await call(operation.operationID, request, read)
    }
}
