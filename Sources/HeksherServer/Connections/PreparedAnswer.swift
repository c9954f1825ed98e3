import NIOCore
import NIOHTTP1

/// A whole answer that needs no more than the date to be sent, with its head as it goes to the client.
struct PreparedAnswer: Sendable {
    private let status: HTTPResponseStatus
    private let headers: HTTPHeaders
    private let body: ByteBuffer
    /// The status line and the fields, up to the date's value.
    private let head: ByteBuffer

    /// Up to how many bytes of a body are copied behind the head: fewer cost less than it does to send two things.
    private static var maximumCopied: Int { 4096 }

    /// - Parameters:
    ///   - headers: all but the date. No name or value may have a line break in it.
    ///   - body: empty where there is none; its length is in `headers`.
    init(status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
        var head: [UInt8] = []
        head.reserveCapacity(headers.reduce(64) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 })
        head += "HTTP/1.1 ".utf8
        head += String(status.code).utf8
        head.append(UInt8(ascii: " "))
        head += status.reasonPhrase.utf8
        for (name, value) in headers {
            head += "\r\n".utf8
            head += name.utf8
            head += ": ".utf8
            head += value.utf8
        }
        head += "\r\nDate: ".utf8
        self.head = ByteBuffer(bytes: head)
    }

    /// The parts of which the answer is made, for who has to add something to the head.
    func write(_ write: (HTTPServerResponsePart) -> Void) {
        var headers = headers
        headers.add(name: "Date", value: HTTPDate.now)
        write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
        if body.readableBytes > 0 { write(.body(.byteBuffer(body))) }
        write(.end(nil))
    }

    /// The bytes of the answer.
    func writeBytes(_ allocator: ByteBufferAllocator, _ write: (ByteBuffer) -> Void) {
        let isCopied = body.readableBytes <= Self.maximumCopied
        var bytes = allocator.buffer(capacity: head.readableBytes + 40 + (isCopied ? body.readableBytes : 0))
        bytes.writeImmutableBuffer(head)
        bytes.writeString(HTTPDate.now)
        bytes.writeStaticString("\r\n\r\n")
        if isCopied { bytes.writeImmutableBuffer(body) }
        write(bytes)
        if !isCopied { write(body) }
    }
}
