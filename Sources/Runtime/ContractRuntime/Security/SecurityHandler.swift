/// Decides which callers may call the operations of a contract.
///
/// Generated routes call it before they read the rest of a request. They call it once for each alternative of the
/// operation's `security` whose credentials are complete, in the contract's order. If any credentials are refused, the
/// response is 401, even if others are good.
///
/// ```swift
/// struct Tokens: SecurityHandler {
///     func admit(_ access: AccessRequest<Credentials>) async throws -> Admission<User> {
///         guard case .bearer(let token) = access.credentials, let user = users[token] else { return .unknown() }
///         return user.roles.isSuperset(of: access.scopes) ? .admitted(user) : .forbidden()
///     }
/// }
/// ```
public protocol SecurityHandler<Credentials>: Sendable {
    /// The generated `Credentials`. The handler must decide about each of its cases.
    associatedtype Credentials: SecurityCredentials
    /// The identity of a caller. Handlers of operations find it in ``principal``.
    associatedtype Principal: Sendable

    /// Decides about one of the request's credentials.
    ///
    /// - Throws: an error that prevents a decision. It has the same effect as an error of an operation's handler.
    func admit(_ access: AccessRequest<Credentials>) async throws -> Admission<Principal>

    /// Whether several credentials of one request belong to the same caller. If not, the response is 401. The default
    /// implementation returns `true`.
    ///
    /// - Parameter requests: at least two, in the contract's order.
    func belongTogether(_ requests: [AccessRequest<Credentials>]) -> Bool
}

extension SecurityHandler {
    /// Returns `true`.
    public func belongTogether(_ requests: [AccessRequest<Credentials>]) -> Bool { true }
}

/// A ``SecurityHandler`` that decides without waiting, so that a transport can refuse a request before it creates a
/// task for it (``Route/refusing``).
public protocol ImmediateSecurityHandler<Credentials>: SecurityHandler {
    /// Decides about one of the request's credentials, without waiting for anything.
    func admit(_ access: AccessRequest<Credentials>) -> Admission<Principal>
}

extension ImmediateSecurityHandler {
    /// The response 401, if the request has no known credentials; `nil` if it has some, even if they do not allow the
    /// operation.
    fileprivate func refusal(
        of source: some CredentialSource, to operation: OperationSecurity<Credentials>
    ) -> APIResponse? {
        if operation.admitsAnonymous { return nil }
        var unknown: APIResponse?
        for access in operation.requests(in: source) {
            guard case .unknown(let sentence) = admit(access) else { return nil }
            unknown = unknown ?? operation.unauthorized(sentence, presented: true)
        }
        return unknown ?? operation.unauthorized("credentials are required", presented: false)
    }
}

/// The decision of a ``SecurityHandler``.
public enum Admission<Principal: Sendable>: Sendable {
    /// The caller may call the operation.
    case admitted(Principal)
    /// The credentials are not valid. The response is 401, with the sentence if the contract declares a body for it.
    case unknown(_ sentence: String = "the credentials are not valid")
    /// The credentials are valid, but do not allow the operation. The response is 403.
    case forbidden(_ sentence: String = "the credentials do not allow this")
    /// The credentials are refused with the handler's own response.
    case answered(APIResponse)
}

extension SecurityHandler {
    /// The caller of the operation that the current task handles; `nil` for an anonymous caller.
    public static var principal: Principal? { CurrentPrincipal.value as? Principal }

    /// Runs operations for a caller without a request, for example later: ``principal`` is this one meanwhile.
    public static func withPrincipal<Value: Sendable>(
        _ principal: Principal, _ body: () async throws -> Value
    ) async rethrows -> Value {
        try await CurrentPrincipal.$value.withValue(principal, operation: body)
    }

    /// Responds to a request if it is admitted, and otherwise with the refusal that the contract declares.
    ///
    /// A request with refused credentials is not treated as anonymous, even if the operation accepts anonymous callers.
    func answer(
        _ request: APIRequest, to operation: OperationSecurity<Credentials>,
        _ answer: () async throws -> APIResponse
    ) async throws -> APIResponse {
        let requests = operation.requests(in: request)
        guard !operation.hasMalformedAuthorization(beside: requests, in: request) else {
            return operation.unauthorized("the Authorization field is malformed", presented: true)
        }
        guard requests.count < 2 || belongTogether(requests) else {
            return operation.unauthorized("the credentials are not those of one caller", presented: true)
        }
        var admitted: Principal?
        var refusal: APIResponse?
        for access in requests {
            switch try await admit(access) {
            case .admitted(let principal): admitted = admitted ?? principal
            case .unknown(let sentence): return operation.unauthorized(sentence, presented: true)
            case .forbidden(let sentence): refusal = refusal ?? operation.forbidden(sentence, access)
            case .answered(let response): refusal = refusal ?? response
            }
        }
        if let admitted { return try await CurrentPrincipal.$value.withValue(admitted) { try await answer() } }
        if let refusal { return refusal }
        if operation.admitsAnonymous { return try await answer() }
        return operation.unauthorized("credentials are required", presented: false)
    }
}

extension Route {
    /// The route, with a security handler that admits or refuses each request.
    public func secured<Handler: SecurityHandler>(
        by handler: Handler, _ operation: OperationSecurity<Handler.Credentials>
    ) -> Route {
        if handler is AdmitsEverybody<Handler.Credentials> { return self }
        var route = self
        if let handler = handler as? any ImmediateSecurityHandler<Handler.Credentials> {
            route.refusing = { source in handler.refusal(of: source, to: operation) }
        }
        route.guarding = { request, answer in try await handler.answer(request, to: operation, answer) }
        return route
    }
}

/// The caller whose request the current task handles. Its type is erased, because a task-local value cannot be generic.
private enum CurrentPrincipal {
    @TaskLocal static var value: (any Sendable)?
}

/// Admits every caller without checking credentials: for services behind other protection, and for tests. Callers have
/// no identity.
public struct AdmitsEverybody<Credentials: SecurityCredentials>: SecurityHandler {
    /// Creates the handler.
    public init() {}

    /// Admits the caller.
    public func admit(_ access: AccessRequest<Credentials>) -> Admission<Void> { .admitted(()) }
}
