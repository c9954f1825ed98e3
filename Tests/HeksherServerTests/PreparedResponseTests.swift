import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPGuard
@testable import HeksherServer

@Suite struct PreparedResponseTests {
    private static func sent(_ write: (EmbeddedChannel) -> Void) throws -> String {
        let channel = EmbeddedChannel(handler: HTTPResponseEncoder())
        defer { _ = try? channel.finish() }
        write(channel)
        var text = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
        return text
    }

    @Test(
        "A prepared response has the same bytes as its separate parts",
        arguments: [HTTPResponseStatus.ok, .notModified], [0, 1, 4096, 4097, 100_000])
    func bytes(status: HTTPResponseStatus, size: Int) throws {
        // A 304 has no body.
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: status == .ok ? size : 0)
        var headers: HTTPHeaders = ["ETag": "\"x\"", "X-Empty": "", "Server": "heksher"]
        if status == .ok { headers.add(name: "Content-Length", value: "\(body.readableBytes)") }
        let answer = PreparedResponse(status: status, headers: headers, body: body)
        // The date may change during an attempt.
        for _ in 0..<3 {
            let date = HTTPDate.now
            let ofParts = try Self.sent { channel in
                answer.write { channel.pipeline.syncOperations.writeAndFlush(NIOAny($0), promise: nil) }
            }
            var whole = ""
            answer.writeBytes(ByteBufferAllocator()) { whole += String(buffer: $0) }
            guard date == HTTPDate.now else { continue }
            #expect(whole == ofParts)
            return
        }
    }
}
