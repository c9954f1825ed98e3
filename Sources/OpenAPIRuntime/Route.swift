public import HTTPTypes

/// One operation of a contract: where it is found, and what answers it.
public struct Route: Sendable {
    /// A part of a path template between two slashes.
    public enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter
        /// Literals and parameters by turns: `report.{format}`.
        case composite([Piece])
    }

    /// A part of a segment.
    public enum Piece: Sendable, Hashable {
        case literal(String)
        case parameter
    }

    /// Answers a request whose path matched.
    ///
    /// The texts are those of the template's parameters, percent-encoded, in the template's order.
    public typealias Respond = @Sendable (APIRequest, _ pathValues: [String]) async throws -> APIResponse

    /// Lets a request through to what answers it, or refuses it, before its body is read.
    public typealias Guarding =
        @Sendable (APIRequest, _ answer: () async throws -> APIResponse) async throws -> APIResponse

    public var operationID: String
    public var method: HTTPRequest.Method
    public var path: [Segment]
    /// Whether the operation reads a body; a transport need not keep any other.
    public var readsBody: Bool
    /// What answers a request that is let through.
    public var respond: Respond
    /// `nil` where every request is let through.
    public var guarding: Guarding?

    public init(
        _ operationID: String, _ method: HTTPRequest.Method, _ path: [Segment], readsBody: Bool,
        respond: @escaping Respond
    ) {
        self.operationID = operationID
        self.method = method
        self.path = path
        self.readsBody = readsBody
        self.respond = respond
    }

    /// Answers a request: what transports call.
    ///
    /// - Parameter readBody: gives the body, if ``readsBody`` is set, once the request is let through.
    /// - Throws: what the operation's handler throws, or `readBody`.
    public func answer(
        _ request: APIRequest, _ pathValues: [String], readBody: (() async throws -> [UInt8])? = nil
    ) async throws -> APIResponse {
        let answer = {
            guard readsBody, let readBody else { return try await respond(request, pathValues) }
            var request = request
            request.body = try await readBody()
            return try await respond(request, pathValues)
        }
        guard let guarding else { return try await answer() }
        return try await guarding(request, answer)
    }
}
