package import NIOCore
import PosixSupport

// Responses that are streams of events.

extension ConnectionGuard {
    /// The most bytes of a stream that may wait to be sent, in addition to the buffers of the system.
    private static let maximumUnsentEvents = 64 << 10

    /// The response to the first request has begun, and continues as a stream. The request no longer counts as one in progress.
    ///
    /// - Returns: `false` if the connection sends nothing more.
    package func beginStream() -> Bool {
        guard let request = unanswered.first, request.hasBegun, request.refusal == nil, !request.isHead, !isOutputOver
        else { return false }
        if !request.isStream {
            load.endRequest(bodySize: request.bodySize)
            unanswered[unanswered.startIndex].bodySize = 0
            unanswered[unanswered.startIndex].isStream = true
            isStreaming = true
        }
        return true
    }

    /// Sends a chunk of the stream, without the encoder. A client that does not read its events loses the connection.
    ///
    /// - Returns: `false` if the connection sends nothing more.
    package func sendStreamed(_ chunk: ByteBuffer) -> Bool {
        guard isStreaming, !isOutputOver, let contexts else { return false }
        // Asking the channel at each event would cost more than the event.
        if unsentSize + writtenSize > Self.maximumUnsentEvents { lookAtUnsent(contexts.own) }
        if unsentSize > Self.maximumUnsentEvents {
            load.hasDroppedStream()
            reset(contexts.own)
            return false
        }
        contexts.encoder.writeAndFlush(NIOAny(IOData.byteBuffer(chunk)), promise: nil)
        hasWritten(chunk.readableBytes)
        hasFlushed(contexts.own)
        return true
    }

    /// Closes the connection. The system drops the unsent bytes, too.
    func reset(_ context: ChannelHandlerContext) {
        let now = linger(l_onoff: 1, l_linger: 0)
        _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(now)
        context.close(promise: nil)
    }

    /// A request is no longer in progress.
    func release(_ request: PendingRequest) {
        guard request.isStream else { return load.endRequest(bodySize: request.bodySize) }
        isStreaming = false
        load.removeBody(request.bodySize)
    }
}
