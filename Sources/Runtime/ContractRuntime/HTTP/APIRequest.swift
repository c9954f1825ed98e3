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
    /// The bytes of the body; empty for a message without a body, and if the body is a stream.
    public var body: [UInt8]
    /// The body, if it is received or created while it is read.
    public var stream: ByteStream?
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
