package import NIOCore
package import NIOHTTP1

/// A complete response that needs only the date. Its head is stored as bytes.
package struct PreparedResponse: Sendable {
    private let status: HTTPResponseStatus
    private let headers: HTTPHeaders
    let body: ByteBuffer
    /// The status line and the fields, up to the date's value.
    private let head: ByteBuffer

    /// The maximum size of a body that is copied after the head: copying fewer bytes costs less than sending two buffers.
    private static var maximumCopied: Int { 4096 }

    /// - Parameters:
    ///   - headers: all except the date. No name or value may contain a line break.
    ///   - body: empty for a response without a body; its length is in `headers`.
    package init(status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer = ByteBuffer()) {
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

    /// The approximate size, including the head.
    var size: Int { head.readableBytes + 40 + body.readableBytes }

    /// The head as a part, for handlers that send the body themselves.
    package func headPart() -> HTTPServerResponsePart {
        var headers = headers
        headers.add(name: "Date", value: HTTPDate.now)
        return .head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))
    }

    /// The parts of the response, for handlers that add something to the head.
    package func write(_ write: (HTTPServerResponsePart) -> Void) {
        write(headPart())
        if body.readableBytes > 0 { write(.body(.byteBuffer(body))) }
        write(.end(nil))
    }

    /// The bytes of the response.
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
