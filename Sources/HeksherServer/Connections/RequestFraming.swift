import NIOHTTP1

/// What a request's head says about the bytes that follow it, and whether it may say so.
struct RequestFraming {
    private(set) var refusal: Refusal?
    /// By `Content-Length`, 0 without one.
    private(set) var bodySize = 0
    /// Whether the client waits to be told before it sends the body (RFC 9110 §10.1.1).
    private(set) var waitsToSend = false
    /// Whether the connection ends with the answer: the client says so, or the parser stops.
    private(set) var isLast: Bool
    /// Whether the client of an old version has to be told that the connection goes on (RFC 9112 §9.3).
    let needsKeepAlive: Bool

    init(_ head: HTTPRequestHead, _ limits: ConnectionLimits) {
        isLast = !head.isKeepAlive || head.method == .CONNECT
        let isOld = head.version.minor == 0
        needsKeepAlive = !isLast && isOld
        guard head.uri.utf8.count <= limits.targetSize else {
            refusal = .targetSize(limits.targetSize)
            return
        }
        var size = 0
        var hosts = 0
        var codings = 0
        for (name, value) in head.headers {
            size += name.utf8.count + value.utf8.count
            switch name.utf8.count {
            case 4 where name.lowercased() == "host": hosts += 1
            case 6 where name.lowercased() == "expect":
                waitsToSend = value.lowercased() == "100-continue"
                if !waitsToSend { refusal = .expectation(value) }
            // The parser leaves what follows such a request to another protocol.
            case 7 where name.lowercased() == "upgrade": isLast = true
            case 14 where name.lowercased() == "content-length": bodySize = Self.length(value)
            case 17 where name.lowercased() == "transfer-encoding":
                codings += 1
                if value.lowercased() != "chunked" { refusal = .unsupported(transferEncoding: value) }
            default: break
            }
        }
        if size > limits.fieldSize || head.headers.count > limits.fieldCount {
            refusal = .fieldSize(limits)
        } else if hosts > 1 || (hosts == 0 && !isOld) {
            // RFC 9112 §3.2
            refusal = .notHTTP("it takes one Host field, and there are \(hosts)")
        } else if codings > 1 || (codings == 1 && isOld) {
            // RFC 9112 §6.1
            refusal = .notHTTP("the length of the body is not told clearly")
        } else if refusal == nil, bodySize > limits.bodySize {
            refusal = .bodySize(limits.bodySize, isLast: !isToBeHeard(limits))
        }
    }

    /// Whether a body is short enough to be waited for and passed over if the request is refused: not every client looks for an
    /// answer before it has sent everything.
    func isToBeHeard(_ limits: ConnectionLimits) -> Bool {
        !waitsToSend && bodySize <= max(limits.bodySize, 1 << 20) * 8
    }

    /// A length that the parser has found to be one, with white space around it perhaps.
    private static func length(_ value: String) -> Int {
        value.utf8.reduce(0) { length, byte in
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return length }
            let (tens, overflows) = length.multipliedReportingOverflow(by: 10)
            return overflows ? .max : tens &+ Int(byte - UInt8(ascii: "0"))
        }
    }
}
