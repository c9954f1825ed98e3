package import NIOCore
import NIOHTTP1

// Responses: the handlers' responses and refusals, in the order of the requests.

extension ConnectionGuard {
    // MARK: Refusals

    /// Refuses the arriving request, or the received bytes if no request has begun. The guard reads no further bytes.
    func refuse(_ context: ChannelHandlerContext, _ refusal: Refusal) {
        guard !isInputOver else { return }
        endInput()
        if isArriving {
            // A client whose response is complete, or has begun, gets no other response.
            guard let last = unanswered.indices.last else { return finish(context) }
            unanswered[last].isLast = true
            unanswered[last].isHeard = false
            if unanswered[last].hasBegun { return }
            if unanswered[last].refusal == nil { unanswered[last].refusal = refusal }
        } else {
            _ = load.beginRequest()
            unanswered.append(PendingRequest(refusal: refusal, isLast: true))
        }
        answerRefusals(context)
    }

    /// Sends the refusals of the next requests.
    func answerRefusals(_ context: ChannelHandlerContext) {
        while let request = unanswered.first, let refusal = request.refusal {
            // The client sends the rest of the body first.
            if request.isHeard, isArriving, unanswered.count == 1 { break }
            var refusalIsLast = false
            refusal.write(toHead: request.isHead, server: load.service.name) { part in
                var part = part
                if case .head(var head) = part, request.isLast {
                    head.headers.replaceOrAdd(name: "Connection", value: "close")
                    part = .head(head)
                    refusalIsLast = true
                }
                context.write(wrapOutboundOut(part), promise: nil)
            }
            hasWritten(Refusal.size)
            // A refused request no longer counts.
            complete(context)
            if refusalIsLast { return context.flush() }
            needsFlush = true
        }
        if needsFlush, !isReading {
            needsFlush = false
            flush(context: context)
        }
        resumeFeed()
    }

    /// The response to the first request is complete.
    private func complete(_ context: ChannelHandlerContext) {
        guard let request = unanswered.popFirst() else { return }
        release(request)
        clock.isIdle()
        if request.isLast { return finish(context) }
        if unanswered.isEmpty, !clock.isWaiting, feed.isEmpty { place?.isIdle(since: clock.idleSince) }
        continueIfAsked(context)
    }

    /// Sends nothing more, and reads for a while, so that the response is not lost when the connection is closed (RFC 9112 §9.6).
    private func finish(_ context: ChannelHandlerContext) {
        endInput()
        isOutputOver = true
        closeOnceSent(context, .output, promise: nil)
        lookAtUnsent(context)
        clock.lingers()
        schedule(context)
        context.read()
    }

    /// Closes the connection once everything written has been sent.
    private func closeOnceSent(
        _ context: ChannelHandlerContext, _ mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: mode, promise: promise) }
        // An empty write after all others.
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: sent)
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input, bufferedSize(context) > 0 {
            closeOnceSent(context, mode, promise: promise)
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    // MARK: Responses of the handlers

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Drop the response: the request was already refused.
        guard let request = unanswered.first, request.refusal == nil, !isOutputOver else {
            if case .body(.byteBuffer(let empty)) = unwrapOutboundIn(data), empty.readableBytes == 0, !isOutputOver {
                return context.write(data, promise: promise)
            }
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            unanswered[unanswered.startIndex].hasBegun = true
            hasWritten(Refusal.size)
            if request.isLast {
                head.headers.replaceOrAdd(name: "Connection", value: "close")
            } else if request.needsKeepAlive {
                head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
            } else {
                return context.write(data, promise: promise)
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let part):
            context.write(data, promise: promise)
            hasWritten(part.readableBytes)
        case .end:
            context.write(data, promise: promise)
            complete(context)
            answerRefusals(context)
        }
    }

    /// Sends the bytes of a complete response to the first request without the encoder. Everything else happens as if its parts were
    /// written.
    ///
    /// - Returns: whether it was possible. It is not if another request is next, or if the head of the response needs another field.
    package func send(_ answer: PreparedResponse) -> Bool {
        guard let contexts, let request = unanswered.first, request.refusal == nil, !isOutputOver, !request.isLast,
            !request.needsKeepAlive, !request.isHead, !request.hasBegun
        else { return false }
        answer.writeBytes(contexts.own.channel.allocator) {
            contexts.encoder.write(NIOAny(IOData.byteBuffer($0)), promise: nil)
        }
        complete(contexts.own)
        contexts.encoder.flush()
        hasWritten(answer.size)
        hasFlushed(contexts.own)
        answerRefusals(contexts.own)
        return true
    }
}
