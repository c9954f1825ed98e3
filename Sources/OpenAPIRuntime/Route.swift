public import HTTPTypes

/// One operation of a contract: where it is found, and what answers it.
public struct Route: Sendable {
    /// A part of a path template between two slashes.
    public enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter
    }

    /// Answers a request whose path matched.
    ///
    /// The texts are those of the template's parameters, decoded, in the template's order.
    public typealias Respond = @Sendable (APIRequest, _ pathValues: [String]) async throws -> APIResponse

    public var operationID: String
    public var method: HTTPRequest.Method
    public var path: [Segment]
    /// Whether the operation reads a body; a transport need not keep any other.
    public var readsBody: Bool
    public var respond: Respond

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
}
