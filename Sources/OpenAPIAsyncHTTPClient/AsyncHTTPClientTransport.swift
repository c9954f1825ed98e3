public import AsyncHTTPClient
import NIOCore
public import OpenAPIRuntime

/// Sends a client's requests with AsyncHTTPClient.
public struct AsyncHTTPClientTransport: ClientTransport {
    private let client: HTTPClient
    private let baseURL: String
    private let headerFields: HTTPFields
    private let timeout: TimeAmount
    private let maximumBodySize: Int

    /// - Parameters:
    ///   - client: what keeps the connections. It decides about redirects, proxies and TLS; whoever made it shuts it down.
    ///   - baseURL: scheme, host and port, and a path in front of those of the contract if there is one.
    ///   - headerFields: sent with every request, credentials say. What an operation sets itself takes precedence.
    ///   - timeout: how long a request may take, from connecting to the last byte of the response; to its first, if the body is a
    ///     stream.
    ///   - maximumBodySize: of a response, in bytes; a longer one is an error. Streams may be of any length.
    public init(
        _ client: HTTPClient = .shared, baseURL: String, headerFields: HTTPFields = [:],
        timeout: Duration = .seconds(30), maximumBodySize: Int = 256 << 20
    ) {
        self.client = client
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        self.headerFields = headerFields
        self.timeout = .init(timeout)
        self.maximumBodySize = maximumBodySize
    }

    /// - Throws: `HTTPClientError`, or an error of NIO, when the service cannot be reached, is too slow, or says too much.
    public func send(_ request: APIRequest) async throws -> APIResponse {
        let target = request.query.map { "\(request.path)?\($0)" } ?? request.path
        var message = HTTPClientRequest(url: baseURL + target)
        message.method = .init(rawValue: request.method.rawValue)
        for field in headerFields where request.headerFields[field.name] == nil {
            message.headers.add(name: field.name.rawName, value: field.value)
        }
        for field in request.headerFields { message.headers.add(name: field.name.rawName, value: field.value) }
        if !request.body.isEmpty { message.body = .bytes(request.body) }
        let response = try await client.execute(message, timeout: timeout)
        var fields = HTTPFields()
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        var answer = APIResponse(status: .init(code: Int(response.status.code)), headerFields: fields)
        if request.streamedMediaTypes.contains(answer.mediaType) {
            answer.stream = ByteStream(response.body.map { Array($0.readableBytesView) })
        } else {
            answer.body = Array(try await response.body.collect(upTo: maximumBodySize).readableBytesView)
        }
        return answer
    }
}
