import NIOCore

/// What the bytes of a connection tell before they make a request: that one is coming, and how long its first line is.
final class ArrivingBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Whether there were any since the handler behind the parser asked last.
    var haveCome = false
    /// How many there were of the first line since the last request's head.
    private(set) var lineSize = 0
    private var haveEndedLine = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        haveCome = true
        if !haveEndedLine {
            let bytes = unwrapInboundIn(data).readableBytesView
            let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
            haveEndedLine = end != nil
            lineSize += (end ?? bytes.endIndex) - bytes.startIndex
        }
        context.fireChannelRead(data)
    }

    /// A head is complete, and another may come.
    func endHead() {
        lineSize = 0
        haveEndedLine = false
    }
}
