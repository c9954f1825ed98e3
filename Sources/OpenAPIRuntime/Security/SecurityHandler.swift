/// Decides who may call the operations of a contract.
///
/// Generated routes ask it, before they read anything else of a request, about the credentials that came: once for each
/// alternative of the operation's `security` of which all came, in the contract's order, until one is admitted.
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
    /// The generated `Credentials`, of which each case is to be decided about.
    associatedtype Credentials: SecurityCredentials
    /// Who somebody turns out to be. Handlers of operations find it in ``principal``.
    associatedtype Principal: Sendable

    /// - Throws: what keeps it from deciding, which is answered as what a handler of an operation throws.
    func admit(_ access: AccessRequest<Credentials>) async throws -> Admission<Principal>
}

/// What a ``SecurityHandler`` decides.
public enum Admission<Principal: Sendable>: Sendable {
    case admitted(Principal)
    /// The credentials are none that are good: 401, with the sentence as far as the contract declares a body for it.
    case unknown(_ sentence: String = "the credentials are not valid")
    /// The credentials are good, but not for this: 403.
    case forbidden(_ sentence: String = "the credentials do not allow this")
    /// The credentials are refused with an answer of the handler's own.
    case answered(APIResponse)
}

extension SecurityHandler {
    /// Who calls the operation that this task answers; `nil` for whoever does not say so, which an operation may allow.
    public static var principal: Principal? { CurrentPrincipal.value as? Principal }

    /// Answers a request, if it may be made, and else with the refusal that the contract declares.
    ///
    /// Credentials that are refused are not taken for none, though the operation admit anonymous callers.
    func answer(
        _ request: APIRequest, to operation: OperationSecurity<Credentials>,
        _ answer: () async throws -> APIResponse
    ) async throws -> APIResponse {
        var unknown: APIResponse?
        var refusal: APIResponse?
        for access in operation.requests(in: request) {
            switch try await admit(access) {
            case .admitted(let principal):
                return try await CurrentPrincipal.$value.withValue(principal) { try await answer() }
            case .unknown(let sentence): unknown = unknown ?? operation.unauthorized(sentence, presented: true)
            case .forbidden(let sentence): refusal = refusal ?? operation.forbidden(sentence, access)
            case .answered(let response): refusal = refusal ?? response
            }
        }
        // Whoever is known, but may not do this, is told so.
        if let refusal = refusal ?? unknown { return refusal }
        if operation.admitsAnonymous { return try await answer() }
        return operation.unauthorized("credentials are required", presented: false)
    }
}

extension Route {
    /// The route, answering those requests only that may be made.
    public func secured<Handler: SecurityHandler>(
        by handler: Handler, _ operation: OperationSecurity<Handler.Credentials>
    ) -> Route {
        if handler is AdmitsEverybody<Handler.Credentials> { return self }
        var route = self
        route.guarding = { request, answer in try await handler.answer(request, to: operation, answer) }
        return route
    }
}

/// Whose request is being answered by this task. A generic protocol cannot keep it, so the type is forgotten here.
private enum CurrentPrincipal {
    @TaskLocal static var value: (any Sendable)?
}

/// Admits everybody without a look at their credentials: for services that others protect, and for tests. Nobody is a principal.
public struct AdmitsEverybody<Credentials: SecurityCredentials>: SecurityHandler {
    public init() {}

    public func admit(_ access: AccessRequest<Credentials>) -> Admission<Void> { .admitted(()) }
}
