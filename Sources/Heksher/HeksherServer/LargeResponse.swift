import HTTPGuard
import HTTPRepresentation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// The same response. If its body is large, it shares its bytes with equal bodies and is sent in parts, each after the client has read
    /// the previous ones. If too many bytes wait to be sent, it is 503.
    func sendingInParts(_ load: ServiceLoad, _ context: ServiceContext) async throws -> Response {
        guard let size = body.contentLength, size > SharedBody.partSize else { return self }
        let whole = try await body.collected(size)
        let tag = whole.withUnsafeReadableBytes { EntityTag(ofBody: $0) }
        guard let shared = load.bodies.body(whole, tag: tag.text, load) else {
            return Response(
                status: .serviceUnavailable, headers: [.contentType: "text/plain; charset=utf-8", .retryAfter: "1"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: Refusal.unsentSentence)))
        }
        let eventLoop = context.eventLoop
        var response = self
        response.body = ResponseBody(contentLength: size) { writer in
            var rest = shared.bytes
            while let part = rest.readSlice(length: min(rest.readableBytes, SharedBody.partSize)),
                part.readableBytes > 0
            {
                try await writer.write(part)
                await LoopTurns.next(on: eventLoop)
            }
            try await writer.finish(nil)
            withExtendedLifetime(shared) {}
        }
        return response
    }
}

extension ResponseBody {
    /// The bytes of the body.
    fileprivate func collected(_ size: Int) async throws -> ByteBuffer {
        let bytes = CollectedBytes()
        try await write(bytes)
        return bytes.buffer ?? ByteBuffer()
    }
}

/// Collects the bytes of a body that consists of one buffer, without copying them.
private final class CollectedBytes: ResponseBodyWriter {
    private(set) var buffer: ByteBuffer?

    func write(_ part: ByteBuffer) async throws {
        buffer.setOrWriteImmutableBuffer(part)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
