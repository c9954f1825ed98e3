public import AsyncHTTPClient
public import ContractRuntime
import NIOCore

/// Sends a client's requests with AsyncHTTPClient.
public struct AsyncHTTPClientTransport: ClientTransport {
    private let client: HTTPClient
    private let baseURL: String
    private let headerFields: HTTPFields
    private let timeout: TimeAmount
    private let maximumBodySize: Int
    private let onProgress: (@Sendable (Int) -> Void)?

    /// - Parameters:
    ///   - client: keeps the connections, and decides about redirects, proxies and TLS. Its creator must shut it down. By default, the
    ///     transport uses a client that follows no redirects. AsyncHTTPClient crashes if a redirect names an IP address with a port beyond
    ///     65535, so let a client follow only redirects of services that you trust.
    ///   - baseURL: scheme, host and port, and a path before the contract's paths if there is one. Without a scheme, it is `http://`.
    ///   - headerFields: sent with every request, for example credentials. The fields that an operation sets take precedence.
    ///   - timeout: the time that a request may take, from connecting to the last byte of the response, or to its first byte if the body is
    ///     a stream.
    ///   - maximumBodySize: the maximum size of a response in bytes; a longer one is an error. Streams may have any length.
    ///   - onProgress: called while a body arrives, with the number of bytes so far.
    public init(
        _ client: HTTPClient? = nil, baseURL: String, headerFields: HTTPFields = [:],
        timeout: Duration = .seconds(30), maximumBodySize: Int = 256 << 20,
        onProgress: (@Sendable (Int) -> Void)? = nil
    ) {
        self.client = client ?? Self.defaultClient
        let url = baseURL.contains("://") ? baseURL : "http://\(baseURL)"
        self.baseURL = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.headerFields = headerFields
        self.timeout = .init(timeout)
        self.maximumBodySize = maximumBodySize
        self.onProgress = onProgress
    }

    /// Lives as long as the program.
    private static let defaultClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // Otherwise it would try again until the timeout, and then not know the reason.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// The base URL, without a user and a password.
    public var address: String? {
        guard let start = baseURL.firstRange(of: "://")?.upperBound else { return baseURL }
        let authority = baseURL[start...].prefix { $0 != "/" }
        guard let user = authority.lastIndex(of: "@") else { return baseURL }
        return "\(baseURL[..<start])\(baseURL[baseURL.index(after: user)...])"
    }

    /// - Throws: ``URLPortError`` if the service's address has an invalid port; `HTTPClientError`, or an error of NIO, if the service is
    ///   unavailable or too slow, or its response is too long.
    public func send(_ request: APIRequest) async throws -> APIResponse {
        let target = request.query.map { "\(request.path)?\($0)" } ?? request.path
        try URLPort.check(baseURL)
        var message = HTTPClientRequest(url: baseURL + target)
        message.method = .init(rawValue: request.method.rawValue)
        for field in headerFields where request.headerFields[field.name] == nil {
            message.headers.add(name: field.name.rawName, value: field.value)
        }
        for field in request.headerFields { message.headers.add(name: field.name.rawName, value: field.value) }
        if let stream = request.stream {
            // The next chunk is requested once this one has been sent.
            message.body = .stream(stream.map { ByteBuffer(bytes: $0) }, length: .unknown)
        } else if !request.body.isEmpty {
            message.body = .bytes(request.body)
        }
        let response = try await client.execute(message, timeout: timeout)
        var fields = HTTPFields()
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        var answer = APIResponse(status: .init(code: Int(response.status.code)), headerFields: fields)
        if request.streamedMediaTypes.contains(answer.mediaType) {
            answer.stream = ByteStream(response.body.map { Array($0.readableBytesView) })
        } else {
            answer.body = try await collect(response.body)
        }
        return answer
    }

    private func collect(_ body: HTTPClientResponse.Body) async throws -> [UInt8] {
        guard let onProgress else { return Array(try await body.collect(upTo: maximumBodySize).readableBytesView) }
        var bytes: [UInt8] = []
        for try await part in body {
            guard bytes.count + part.readableBytes <= maximumBodySize else {
                throw NIOTooManyBytesError(maxBytes: maximumBodySize)
            }
            bytes += part.readableBytesView
            onProgress(bytes.count)
        }
        return bytes
    }
}
