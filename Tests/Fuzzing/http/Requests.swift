import NIOCore
import NIOEmbedded
import NIOHTTP1

/// The bytes of a client as SwiftNIO's parser reads them: requests, and whether other bytes are left.
struct Requests {
    private(set) var methods: [HTTPMethod] = []
    private(set) var isBroken = false

    init(_ bytes: [UInt8]) {
        let channel = EmbeddedChannel(
            handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        do {
            try channel.writeInbound(ByteBuffer(bytes: bytes))
        } catch {
            isBroken = true
        }
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            if case .head(let head) = part { methods.append(head.method) }
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}
