public import HTTPTypes

/// A request with its whole body. A server's transport creates one for each request, and a client's transport sends
/// them.
public struct APIRequest: Sendable, Hashable {
    /// The HTTP method.
    public var method: HTTPRequest.Method
    /// The path, percent-encoded, without the query.
    public var path: String
    /// The text after the question mark, percent-encoded; `nil` without a question mark.
    public var query: String?
    /// The header fields.
    public var headerFields: HTTPFields
    /// The bytes of the body; empty for a message without a body.
    public var body: [UInt8]
    /// The media types of responses, in lower case and without parameters, whose bodies a client reads as streams.
    public var streamedMediaTypes: Set<String> = []

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - path: percent-encoded, without the query.
    ///   - query: the text after the question mark, percent-encoded.
    public init(
        method: HTTPRequest.Method, path: String, query: String? = nil, headerFields: HTTPFields = [:],
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headerFields = headerFields
        self.body = body
    }
}

/// A response. A server's transport sends it, and a client's transport creates it.
public struct APIResponse: Sendable, Hashable {
    /// The HTTP status.
    public var status: HTTPResponse.Status
    /// The header fields.
    public var headerFields: HTTPFields
    /// The bytes of the body; empty if the body is a stream.
    public var body: [UInt8]
    /// The body, if it is received or created while it is read.
    public var stream: ByteStream?

    /// Creates a response.
    public init(status: HTTPResponse.Status, headerFields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }

    /// Creates a response with a body of one media type.
    public init(status: HTTPResponse.Status, contentType: String, body: [UInt8]) {
        self.init(status: status, headerFields: [.contentType: contentType], body: body)
    }

    /// Creates a response whose body is created while it is sent.
    public init(status: HTTPResponse.Status, contentType: String, stream: ByteStream) {
        self.init(status: status, headerFields: [.contentType: contentType])
        self.stream = stream
    }

    /// The response 422 to a request that violates the contract. Its body lists the problems, in at most 64 KiB.
    public static func invalid(_ problems: ValidationProblems) -> APIResponse {
        APIResponse(status: .unprocessableContent, contentType: "application/json", body: problems.jsonBytes())
    }
}
