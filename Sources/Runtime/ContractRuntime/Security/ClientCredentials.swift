/// The credentials of a client, which it sends if an operation requires them.
///
/// ```swift
/// let client = Client(transport, credentials: [.bearer(BearerToken("secret"))])
/// ```
public struct ClientCredentials<Credentials: SecurityCredentials>: Sendable, ExpressibleByArrayLiteral {
    private let current: @Sendable () async throws -> [Credentials]

    /// Credentials that never change.
    public init(_ credentials: [Credentials]) {
        current = { credentials }
    }

    /// Credentials that never change.
    public init(arrayLiteral credentials: Credentials...) {
        self.init(credentials)
    }

    /// Credentials that can change, such as tokens that expire.
    ///
    /// - Parameter current: returns the current credentials. Each call of an operation that requires credentials calls
    ///   it. If it throws, the operation's call throws a ``ClientError`` with that error and without a response.
    public init(_ current: @escaping @Sendable () async throws -> [Credentials]) {
        self.current = current
    }

    /// The credentials for the first alternative of the operation that the client has credentials for.
    fileprivate func chosen(for operation: OperationSecurity<Credentials>) async throws -> Credentials? {
        let known = try await current()
        return operation.alternatives.lazy.compactMap { alternative in
            known.first { $0.kind == alternative.kind }
        }.first
    }
}

extension ClientTransport {
    /// Sends an operation's request with the required credentials, if the client has them, and decodes the response.
    /// Generated clients call this.
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
