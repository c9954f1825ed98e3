public import HTTPTypes

/// An operation of a contract. Generated code has a type for each operation.
public protocol APIOperation {
    /// The parameters and the body of a request.
    associatedtype Input: Sendable
    /// The declared responses.
    associatedtype Output: Sendable

    /// The `operationId`.
    static var id: String { get }
    /// The HTTP method.
    static var method: HTTPRequest.Method { get }
    /// The path template as the contract has it: `/books/{id}`.
    static var path: String { get }
}

/// A request to an operation, after it has been decoded and validated.
public struct OperationRequest<Operation: APIOperation>: Sendable {
    /// The request as received.
    public let request: APIRequest
    /// The decoded input; `nil` if the request violates the contract.
    public var input: Operation.Input?
    /// The ways in which the request violates the contract. If there are any, the response is 422, or the response that
    /// the contract declares for invalid requests.
    public var problems: ValidationProblems

    /// Creates a decoded request.
    public init(_ request: APIRequest, _ input: Operation.Input?, _ problems: ValidationProblems) {
        self.request = request
        self.input = input
        self.problems = problems
    }

    /// Lets interceptors respond, the first one outermost, and then the operation's handler.
    ///
    /// - Throws: errors of the interceptors and of the handler.
    public func response(
        through interceptors: [any OperationInterceptor], _ handler: (Operation.Input) async throws -> APIResponse
    ) async throws -> APIResponse {
        try await response(through: interceptors[...], handler)
    }

    private func response(
        through interceptors: ArraySlice<any OperationInterceptor>,
        _ handler: (Operation.Input) async throws -> APIResponse
    ) async throws -> APIResponse {
        if let interceptor = interceptors.first {
            return try await interceptor.intercept(self) { request in
                try await request.response(through: interceptors.dropFirst(), handler)
            }
        }
        guard let input, problems.isEmpty else { return .invalid(problems) }
        do {
            return try await handler(input)
        } catch let error as MultipartStream.Malformation {
            var problems = problems
            problems.add(ValidationProblem(.other, error.sentence, at: [.name("body")]))
            return .invalid(problems)
        }
    }
}

/// Runs around the handlers of a contract's operations, after the request has been decoded. So it can use the input
/// without decoding it again.
///
/// ```swift
/// struct Auditing: OperationInterceptor {
///     func intercept<Operation: APIOperation>(
///         _ request: OperationRequest<Operation>,
///         next: (OperationRequest<Operation>) async throws -> APIResponse
///     ) async throws -> APIResponse {
///         let response = try await next(request)
///         if let input = request.input as? DeleteBook.Input { audit(input.path.id, response.status) }
///         return response
///     }
/// }
///
/// let routes = API.routes(books: Library(), interceptors: [Auditing()])
/// ```
public protocol OperationInterceptor: Sendable {
    /// Responds to a request to an operation.
    ///
    /// - Parameters:
    ///   - request: the decoded request. The interceptor can change its input, and add problems to it.
    ///   - next: the next interceptor or the operation's handler. It responds to a request with problems without calling
    ///     the handler.
    func intercept<Operation: APIOperation>(
        _ request: OperationRequest<Operation>, next: (OperationRequest<Operation>) async throws -> APIResponse
    ) async throws -> APIResponse
}
