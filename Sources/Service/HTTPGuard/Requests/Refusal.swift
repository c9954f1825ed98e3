package import ContractRuntime
import Hummingbird
import NIOCore
package import NIOHTTP1

/// The response to a request that no handler sees: it is not HTTP, too large, too slow, or beyond a limit.
package struct Refusal {
    let status: HTTPResponseStatus
    private let body: ByteBuffer
    /// Header fields in addition to those of every refusal.
    private let fields: [(name: String, value: String)]
    /// Whether nothing more is read on the connection, because it is unknown where the next request begins, or because the service must not
    /// wait for it.
    let isLast: Bool

    private init(_ status: HTTPResponseStatus, isLast: Bool = true, _ sentence: String) {
        self.status = status
        body = ByteBuffer(string: sentence)
        fields = [("Content-Type", "text/plain; charset=utf-8")]
        self.isLast = isLast
    }

    /// A refusal that an operation declares. The request's body is skipped.
    package init(_ response: APIResponse) {
        status = HTTPResponseStatus(statusCode: response.status.code)
        body = ByteBuffer(bytes: response.body)
        fields = response.headerFields.map { ($0.name.rawName, $0.value) }
        isLast = false
    }

    static func notHTTP(_ reason: String) -> Refusal { Refusal(.badRequest, "this is not HTTP/1.1: \(reason)") }

    static let otherProtocol = Refusal(.badRequest, "the first line of the request names a protocol other than HTTP")

    /// - Parameter option: the name of the option with the allowed hosts.
    static func foreignHost(_ option: String) -> Refusal {
        Refusal(
            .forbidden,
            "on a loopback address the service answers requests whose Host is a loopback address, localhost, or one of \(option)"
        )
    }

    static func unsupported(transferEncoding: String) -> Refusal {
        Refusal(.notImplemented, "the transfer coding \(transferEncoding) is not supported: only chunked is")
    }

    static func expectation(_ text: String) -> Refusal {
        Refusal(.expectationFailed, "the expectation \(text) is not supported: only 100-continue is")
    }

    static let late = Refusal(.requestTimeout, "the request took too long to come")

    static func targetSize(_ limit: Int) -> Refusal {
        Refusal(.uriTooLong, "the target of the request has more than \(limit) bytes")
    }

    static func fieldSize(_ limits: ConnectionLimits) -> Refusal {
        Refusal(
            .requestHeaderFieldsTooLarge,
            "the request has more than \(limits.fieldCount) header fields, or more than \(limits.fieldSize) bytes of them"
        )
    }

    /// - Parameter isLast: whether more of the body may arrive that the service does not wait for.
    static func bodySize(_ limit: Int, isLast: Bool) -> Refusal {
        Refusal(.payloadTooLarge, isLast: isLast, "the body has more than \(limit) bytes")
    }

    static let tooManyConnections = Refusal(
        .serviceUnavailable, "there are too many connections to the service: try again shortly")

    /// - Parameter isLast: whether more of the body may arrive that the service does not wait for.
    static func tooManyRequests(isLast: Bool) -> Refusal {
        Refusal(
            .serviceUnavailable, isLast: isLast, "the service has too many requests under way: try again shortly")
    }

    static let tooManyConnectionsFromAddress = Refusal(
        .tooManyRequests, "there are too many connections from this address: try again shortly")

    /// - Parameter isLast: whether more of the body may arrive that the service does not wait for.
    static func tooManyRequestsFromAddress(isLast: Bool) -> Refusal {
        Refusal(
            .tooManyRequests, isLast: isLast, "this address sends too many requests a second: try again shortly")
    }

    package static let tooManyUnsentBytes = Refusal(.serviceUnavailable, isLast: false, unsentSentence)

    /// The sentence of ``tooManyUnsentBytes``.
    package static let unsentSentence = "too many bytes of responses wait to be sent: try again shortly"

    /// The approximate size of a refusal.
    static let size = 300

    /// - Parameter server: the value of the header field `Server`.
    package func write(toHead isHead: Bool, server: String, _ write: (HTTPServerResponsePart) -> Void) {
        var headers: HTTPHeaders = [
            "Content-Length": String(body.readableBytes), "Date": HTTPDate.now, "Server": server,
            "X-Request-ID": "\(RequestID())",
        ]
        for (name, value) in fields { headers.add(name: name, value: value) }
        if !headers.contains(name: "Cache-Control") { headers.add(name: "Cache-Control", value: "no-store") }
        if status == .serviceUnavailable || status == .tooManyRequests { headers.add(name: "Retry-After", value: "1") }
        if isLast { headers.add(name: "Connection", value: "close") }
        write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
        if !isHead, body.readableBytes > 0 { write(.body(.byteBuffer(body))) }
        write(.end(nil))
    }
}
