public import HTTPTypes

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
}
