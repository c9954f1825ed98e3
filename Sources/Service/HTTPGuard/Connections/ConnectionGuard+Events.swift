package import NIOCore
import NIOHTTP1
import PosixSupport

// Errors of the parser, events, and timeouts.

extension ConnectionGuard {
    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow:
            let isTarget = feed.lines.lineSize > limits.targetSize
            refuse(context, isTarget ? .targetSize(limits.targetSize) : .fieldSize(limits))
        case let error as HTTPParserError: refuse(context, .notHTTP("\(error)"))
        // Bytes that are not parsed, because the bytes before them could not be parsed.
        case is ByteToMessageDecoderError: break
        default: context.fireErrorCaught(error)
        }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isOutputOver, event as? ChannelEvent == .inputClosed, bufferedSize(context) == 0 {
            return context.close(promise: nil)
        }
        // A client that sends nothing more has left its stream. Without this, the service would notice at a later event.
        if event as? ChannelEvent == .inputClosed, isStreaming {
            return context.close(promise: nil)
        }
        if event is IdleConnections.LeaveIfIdle { return leaveIfIdle(context) }
        if event is ChannelShouldQuiesceEvent, let last = unanswered.indices.last, !unanswered[last].hasBegun {
            // The response itself may close the connection.
            unanswered[last].isLast = true
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Closes the connection to make room for another one. If a request is in progress, another connection must make room.
    private func leaveIfIdle(_ context: ChannelHandlerContext) {
        guard place != nil else { return }
        if unanswered.isEmpty, !isInputOver, !clock.isWaiting, feed.isEmpty, bufferedSize(context) == 0 {
            context.close(promise: nil)
        } else {
            load.makeRoom()
        }
    }

    func schedule(_ context: ChannelHandlerContext) {
        clock.schedule(on: context.eventLoop) { [weak self] in self?.check(context) }
    }

    private func check(_ context: ChannelHandlerContext) {
        lookAtUnsent(context)
        switch clock.verdict(
            unansweredCount: unanswered.count, isArriving: isArriving, arrivedSize: arrivedSize,
            isMemoryShort: load.isMemoryShort)
        {
        case .goOn: schedule(context)
        case .refuse:
            refuse(context, isOneTooMany ? .tooManyConnectionsFromAddress : .late)
            schedule(context)
        case .close: context.close(promise: nil)
        case .reset: reset(context)
        }
    }
}
