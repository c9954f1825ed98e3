public import HTTPTypes

/// An operation of a contract: its method and path, and the function that responds.
public struct Route: Sendable {
    /// A part of a path template between two slashes.
    public enum Segment: Sendable, Hashable {
        /// A fixed text, not percent-encoded.
        case literal(String)
        /// A parameter, which matches any non-empty segment.
        case parameter
        /// Literals and parameters in turn: `report.{format}`.
        case composite([Piece])
    }

    /// A part of a segment.
    public enum Piece: Sendable, Hashable {
        /// A fixed text, not percent-encoded.
        case literal(String)
        /// A parameter, which matches any non-empty text.
        case parameter
    }

    /// Responds to a request whose path matches.
    ///
    /// `pathValues` are the percent-encoded values of the path parameters, in the template's order.
    public typealias Respond = @Sendable (APIRequest, _ pathValues: [String]) async throws -> APIResponse

    /// Decides, before the body is read, whether to pass a request on to `answer` or to refuse it.
    public typealias Guarding =
        @Sendable (APIRequest, _ answer: () async throws -> APIResponse) async throws -> APIResponse

    /// Refuses a request from its credentials alone and without waiting. The response is the same as that of
    /// ``Guarding``.
    public typealias Refusing = @Sendable (any CredentialSource) -> APIResponse?

    /// The ID of the operation.
    public var operationID: String
    /// The HTTP method.
    public var method: HTTPRequest.Method
    /// The segments of the path template; none for `/`.
    public var path: [Segment]
    /// Whether the operation reads the body. If not, the transport can drop it.
    public var readsBody: Bool
    /// Whether the operation reads the body as it arrives.
    public var streamsBody: Bool
    /// Responds to a request that is not refused.
    public var respond: Respond
    /// `nil` if no request is refused.
    public var guarding: Guarding?
    /// Returns a response if ``guarding`` would certainly refuse the request. `nil` if that decision needs more than
    /// credentials.
    public var refusing: Refusing?

    /// Creates a route that refuses no request.
    public init(
        _ operationID: String, _ method: HTTPRequest.Method, _ path: [Segment], readsBody: Bool,
        streamsBody: Bool = false, respond: @escaping Respond
    ) {
        self.operationID = operationID
        self.method = method
        self.path = path
        self.readsBody = readsBody
        self.streamsBody = streamsBody
        self.respond = respond
    }

    /// Responds to a request. Transports call this.
    ///
    /// - Parameter readBody: reads the body. It is called after the request has been admitted, if ``readsBody`` is true
    ///   and ``streamsBody`` is not. If the operation reads the body as it arrives, the request contains it as a stream.
    /// - Throws: errors of the operation's handler and of `readBody`.
    public func answer(
        _ request: APIRequest, _ pathValues: [String], readBody: (() async throws -> [UInt8])? = nil
    ) async throws -> APIResponse {
        let answer = {
            guard readsBody, !streamsBody, let readBody else { return try await respond(request, pathValues) }
            var request = request
            request.body = try await readBody()
            return try await respond(request, pathValues)
        }
        guard let guarding else { return try await answer() }
        return try await guarding(request, answer)
    }
}
