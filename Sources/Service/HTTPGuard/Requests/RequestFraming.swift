import NIOHTTP1

/// The host and the length of the body according to a request's head, and whether they are valid.
struct RequestFraming {
    private(set) var refusal: Refusal?
    /// By `Content-Length`, 0 without one.
    private(set) var bodySize = 0
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
    private(set) var waitsToSend = false
    /// Whether the connection ends with the response: the client requests it, or the parser stops.
    private(set) var isLast: Bool
    /// The value of `Host`; `nil` if it is absent.
    private(set) var host: String?
    /// Whether a field's value has leading or trailing white space, which does not belong to it (RFC 9112 §5).
    private(set) var hasPaddedValues = false
    /// Whether the response must tell a client of an old version that the connection stays open (RFC 9112 §9.3).
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
            if value.hasOuterWhiteSpace { hasPaddedValues = true }
            switch name.utf8.count {
            case 4 where name.lowercased() == "host":
                hosts += 1
                host = value.withoutOuterWhiteSpace
            case 6 where name.lowercased() == "expect":
                waitsToSend = value.withoutOuterWhiteSpace.lowercased() == "100-continue"
                if !waitsToSend { refusal = .expectation(value) }
            // The parser leaves the bytes after such a request to another protocol.
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
            refusal = .notHTTP("it must have one Host field, and has \(hosts)")
        } else if codings > 1 || (codings == 1 && isOld) {
            // RFC 9112 §6.1
            refusal = .notHTTP("the length of the body is ambiguous")
        } else if refusal == nil, bodySize > limits.bodySize {
            refusal = .bodySize(limits.bodySize, isLast: !isToBeHeard(limits))
        }
    }

    /// Whether a body is short enough to be read and skipped if the request is refused. Some clients read the response only after they have
    /// sent everything.
    func isToBeHeard(_ limits: ConnectionLimits) -> Bool {
        !waitsToSend && bodySize <= max(limits.bodySize, 1 << 20) * 8
    }

    /// A length that the parser has accepted, possibly with white space around it.
    private static func length(_ value: String) -> Int {
        value.utf8.reduce(0) { length, byte in
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return length }
            let (tens, overflows) = length.multipliedReportingOverflow(by: 10)
            return overflows ? .max : tens &+ Int(byte - UInt8(ascii: "0"))
        }
    }
}

extension String {
    fileprivate var hasOuterWhiteSpace: Bool {
        utf8.first.map(\.isSpaceOrTab) == true || utf8.last.map(\.isSpaceOrTab) == true
    }

    /// The text without leading and trailing spaces and tabs (`OWS`, RFC 9110 §5.6.3).
    package var withoutOuterWhiteSpace: String {
        guard hasOuterWhiteSpace else { return self }
        guard let start = utf8.firstIndex(where: { !$0.isSpaceOrTab }),
            let last = utf8.lastIndex(where: { !$0.isSpaceOrTab })
        else { return "" }
        return String(self[start...last])
    }
}

extension UInt8 {
    fileprivate var isSpaceOrTab: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

extension HTTPRequestHead {
    /// The head with the values of its fields without leading and trailing white space.
    var withTrimmedFields: HTTPRequestHead {
        var head = self
        head.headers = HTTPHeaders(headers.map { ($0.name, $0.value.withoutOuterWhiteSpace) })
        return head
    }
}
