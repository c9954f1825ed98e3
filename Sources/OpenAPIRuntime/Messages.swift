public import HTTPTypes

/// A request with its whole body: as a server's transport hands it over, or for a client's to send.
public struct APIRequest: Sendable, Hashable {
    public var method: HTTPRequest.Method
    /// The path, percent-encoded, without the query.
    public var path: String
    /// What follows the question mark, percent-encoded; `nil` without one.
    public var query: String?
    public var headerFields: HTTPFields
    public var body: [UInt8]
    /// The media types of responses, in lower case and without parameters, whose body a client wants as it comes.
    public var streamedMediaTypes: Set<String> = []

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

/// A response with its whole body: for a server's transport to send, or as a client's has received it.
public struct APIResponse: Sendable, Hashable {
    public var status: HTTPResponse.Status
    public var headerFields: HTTPFields
    /// Empty where there is a stream.
    public var body: [UInt8]
    /// A body that comes, or is made, while it is read.
    public var stream: ByteStream?

    public init(status: HTTPResponse.Status, headerFields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }

    /// A response with a body of one media type.
    public init(status: HTTPResponse.Status, contentType: String, body: [UInt8]) {
        self.init(status: status, headerFields: [.contentType: contentType], body: body)
    }

    /// A response with a body that is made while it is sent.
    public init(status: HTTPResponse.Status, contentType: String, stream: ByteStream) {
        self.init(status: status, headerFields: [.contentType: contentType])
        self.stream = stream
    }

    /// The answer to a request that breaks the contract: 422 with all problems.
    public static func invalid(_ problems: ValidationProblems) -> APIResponse {
        APIResponse(status: .unprocessableContent, contentType: "application/json", body: problems.jsonBytes())
    }
}
