import Hummingbird
import NIOCore
import NIOHTTP1

/// An answer to a request that the service does not look at: it is no HTTP, too large, too slow, or one too many.
struct Refusal {
    let status: HTTPResponseStatus
    let sentence: String
    /// Whether nothing more is read on the connection, since it cannot be told where the next request begins, or should not be
    /// waited for.
    let isLast: Bool

    private init(_ status: HTTPResponseStatus, isLast: Bool = true, _ sentence: String) {
        self.status = status
        self.sentence = sentence
        self.isLast = isLast
    }

    static func notHTTP(_ reason: String) -> Refusal { Refusal(.badRequest, "this is no HTTP/1.1: \(reason)") }

    static func unsupported(transferEncoding: String) -> Refusal {
        Refusal(.notImplemented, "the transfer coding \(transferEncoding) is not known: chunked alone is")
    }

    static func expectation(_ text: String) -> Refusal {
        Refusal(.expectationFailed, "the expectation \(text) cannot be met: 100-continue alone can")
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

    /// - Parameter isLast: whether more of the body may come that is not waited for.
    static func bodySize(_ limit: Int, isLast: Bool) -> Refusal {
        Refusal(.payloadTooLarge, isLast: isLast, "the body has more than \(limit) bytes")
    }

    static let tooManyConnections = Refusal(
        .serviceUnavailable, "there are too many connections to the service: try again shortly")

    /// - Parameter isLast: whether more of the body may come that is not waited for.
    static func tooManyRequests(isLast: Bool) -> Refusal {
        Refusal(
            .serviceUnavailable, isLast: isLast, "the service has too many requests under way: try again shortly")
    }

    func write(toHead isHead: Bool, _ write: (HTTPServerResponsePart) -> Void) {
        let body = ByteBuffer(string: sentence)
        var headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": String(body.readableBytes),
            "Date": HTTPDate.now, "Server": "heksher", "X-Request-ID": "\(RequestID())",
        ]
        if status == .serviceUnavailable { headers.add(name: "Retry-After", value: "1") }
        if isLast { headers.add(name: "Connection", value: "close") }
        write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
        if !isHead { write(.body(.byteBuffer(body))) }
        write(.end(nil))
    }
}
