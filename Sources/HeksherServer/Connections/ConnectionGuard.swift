import NIOCore
import NIOHTTP1

/// Stands between the parser of a connection and those who answer, and lets pass what can be answered.
///
/// What is no HTTP, too large, too slow or one too many is answered here, with a sentence, in the order of requests; who
/// answers the others does not hear of it. Where that is not possible the connection is cut off.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request whose answer is not complete.
    private struct Unanswered {
        var refusal: Refusal?
        /// Whether the connection ends with the answer.
        var isLast: Bool
        var needsKeepAlive: Bool
        var isHead: Bool
        /// Whether a refusal waits for the end of the body.
        var isHeard: Bool
        var waitsToSend: Bool
        /// Bytes of the body that are counted.
        var bodySize: Int
        var hasBegun = false
    }

    /// How many requests may wait for answers before nothing more is read.
    private static let maximumUnanswered = 64

    private let bytes: ArrivingBytes
    private let limits: ConnectionLimits
    private let load: ServiceLoad
    private var unanswered = CircularBuffer<Unanswered>()
    /// Whether a request's head has come, and its end has not.
    private var isArriving = false
    /// Whether what comes of that request goes on to who answers.
    private var isPassing = false
    /// Whether nothing more is looked at: the last request has come.
    private var isInputOver = false
    /// Whether nothing more is sent: the last answer is on its way.
    private var isOutputOver = false
    private var hasParts = false
    private var isReadHeldBack = false
    /// Where it is noted whether it is idle, while it is counted.
    private var place: IdleConnections.Place?
    /// Bytes of the body that is arriving.
    private var arrivedSize = 0
    private let clock: ConnectionClock
    /// Where this stands, and where what makes bytes of the parts of answers stands. Nobody between them looks at answers.
    private var contexts: (own: ChannelHandlerContext, encoder: ChannelHandlerContext)?

    init(_ bytes: ArrivingBytes, _ limits: ConnectionLimits, _ load: ServiceLoad) {
        self.bytes = bytes
        self.limits = limits
        self.load = load
        clock = ConnectionClock(limits)
    }

    // MARK: A connection's beginning and end

    func handlerAdded(context: ChannelHandlerContext) {
        contexts = (try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self))
            .map { (context, $0) }
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        let place = IdleConnections.Place(context.channel)
        self.place = place
        clock.isIdle()
        schedule(context)
        if load.beginConnection(place) {
            place.isIdle(since: clock.idleSince)
        } else {
            refuse(context, .tooManyConnections)
        }
    }

    /// Makes room for another connection, or lets somebody else do so if something is under way.
    private func leaveIfIdle(_ context: ChannelHandlerContext) {
        guard place != nil else { return }
        if unanswered.isEmpty, !isInputOver, !clock.isWaiting, unsentSize(context) == 0 {
            context.close(promise: nil)
        } else {
            load.makeRoom()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        contexts = nil
    }

    private func end() {
        clock.stop()
        while let request = unanswered.popFirst() { load.endRequest(bodySize: request.bodySize) }
        isInputOver = true
        isOutputOver = true
        if let place { load.endConnection(place) }
        place = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isInputOver else { return }
        hasParts = true
        switch unwrapInboundIn(data) {
        case .head(let head):
            begin(head)
            if isPassing {
                continueIfAsked(context)
                context.fireChannelRead(data)
            } else {
                answerRefusals(context)
            }
        case .body(let part):
            guard isPassing else { return }
            arrivedSize += part.readableBytes
            if let refusal = refusal(ofBody: part.readableBytes) { return refuse(context, refusal) }
            context.fireChannelRead(data)
        case .end:
            isArriving = false
            clock.hasArrived()
            if unanswered.last?.isLast == true { isInputOver = true }
            if isPassing { context.fireChannelRead(data) } else { answerRefusals(context) }
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let framing = RequestFraming(head, limits)
        var refusal = framing.refusal
        let isAdmitted = load.beginRequest()
        let isHeard = framing.isToBeHeard(limits)
        // Who watches over the service is answered however busy it is.
        if refusal == nil, !isAdmitted, head.uri != "/api/health" {
            refusal = .tooManyRequests(isLast: !isHeard)
        }
        // What comes in one piece is not held back by not being read.
        if unanswered.count >= limits.pipelinedRequests { refusal = .tooManyRequests(isLast: true) }
        isArriving = true
        isPassing = refusal == nil
        arrivedSize = 0
        bytes.endHead()
        clock.hasArrived()
        place?.isBusy()
        unanswered.append(
            Unanswered(
                refusal: refusal, isLast: framing.isLast || refusal?.isLast == true,
                needsKeepAlive: framing.needsKeepAlive, isHead: head.method == .HEAD,
                isHeard: isHeard && refusal?.isLast == false,
                waitsToSend: framing.waitsToSend && head.version.minor > 0, bodySize: 0))
    }

    /// Counts bytes of a body, and says what there is against them. They count once they are there: who announces many, and sends
    /// none, keeps nobody out.
    private func refusal(ofBody size: Int) -> Refusal? {
        let tooLarge = arrivedSize > limits.bodySize ? Refusal.bodySize(limits.bodySize, isLast: true) : nil
        // What comes after the answer is passed over, and not kept.
        guard let last = unanswered.indices.last else { return tooLarge }
        unanswered[last].bodySize += size
        let fits = load.addBody(size)
        return tooLarge ?? (fits ? nil : .tooManyRequests(isLast: true))
    }

    /// Tells who waits for it to send the body.
    private func continueIfAsked(_ context: ChannelHandlerContext) {
        guard unanswered.count == 1, let next = unanswered.first, next.waitsToSend, next.refusal == nil else { return }
        unanswered[unanswered.startIndex].waitsToSend = false
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    // MARK: Refusals

    /// Refuses the request that is arriving or, if there is none, whatever has come; nothing more is read.
    private func refuse(_ context: ChannelHandlerContext, _ refusal: Refusal) {
        guard !isInputOver else { return }
        isInputOver = true
        if isArriving {
            // Who has been answered, or whose answer has begun, is not told otherwise.
            guard let last = unanswered.indices.last else { return finish(context) }
            unanswered[last].isLast = true
            unanswered[last].isHeard = false
            if unanswered[last].hasBegun { return }
            if unanswered[last].refusal == nil { unanswered[last].refusal = refusal }
        } else {
            _ = load.beginRequest()
            unanswered.append(
                Unanswered(
                    refusal: refusal, isLast: true, needsKeepAlive: false, isHead: false, isHeard: false,
                    waitsToSend: false, bodySize: 0))
        }
        answerRefusals(context)
    }

    /// Answers those who are refused and next.
    private func answerRefusals(_ context: ChannelHandlerContext) {
        while let request = unanswered.first, let refusal = request.refusal {
            if request.isHeard, isArriving, unanswered.count == 1 { return }
            var refusalIsLast = false
            refusal.write(toHead: request.isHead) { part in
                var part = part
                if case .head(var head) = part, request.isLast {
                    head.headers.replaceOrAdd(name: "Connection", value: "close")
                    part = .head(head)
                    refusalIsLast = true
                }
                context.write(wrapOutboundOut(part), promise: nil)
            }
            // Who has been told is not counted any more.
            complete(context)
            context.flush()
            if refusalIsLast { return }
        }
    }

    /// The first request's answer is complete.
    private func complete(_ context: ChannelHandlerContext) {
        guard let request = unanswered.popFirst() else { return }
        load.endRequest(bodySize: request.bodySize)
        clock.isIdle()
        if request.isLast { return finish(context) }
        if unanswered.isEmpty, !clock.isWaiting { place?.isIdle(since: clock.idleSince) }
        continueIfAsked(context)
    }

    /// Says no more, and listens for a while, so that what was said is not lost with the connection (RFC 9112 §9.6).
    private func finish(_ context: ChannelHandlerContext) {
        isInputOver = true
        isOutputOver = true
        closeOnceSent(context, .output, promise: nil)
        clock.lingers()
        schedule(context)
        context.read()
    }

    /// Closes the connection once everything written is sent.
    private func closeOnceSent(
        _ context: ChannelHandlerContext, _ mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: mode, promise: promise) }
        // Nothing, behind everything.
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: sent)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input, unsentSize(context) > 0 {
            closeOnceSent(context, mode, promise: promise)
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    private func unsentSize(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Whoever answers a request that was refused meanwhile answers nobody.
        guard let request = unanswered.first, request.refusal == nil, !isOutputOver else {
            if case .body(.byteBuffer(let nothing)) = unwrapOutboundIn(data), nothing.readableBytes == 0, !isOutputOver
            {
                return context.write(data, promise: promise)
            }
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            unanswered[unanswered.startIndex].hasBegun = true
            if request.isLast {
                head.headers.replaceOrAdd(name: "Connection", value: "close")
            } else if request.needsKeepAlive {
                head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
            } else {
                return context.write(data, promise: promise)
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            complete(context)
            answerRefusals(context)
            if isReadHeldBack { read(context: context) }
        }
    }

    /// Sends the bytes of a whole answer to the first request, past what would make them of its parts. What is to be done then is what
    /// is done behind the last part.
    ///
    /// - Returns: whether it could: somebody else may be next, or the answer's head has to say more.
    func send(_ answer: PreparedAnswer) -> Bool {
        guard let contexts, let request = unanswered.first, request.refusal == nil, !isOutputOver, !request.isLast,
            !request.needsKeepAlive, !request.isHead, !request.hasBegun
        else { return false }
        answer.writeBytes(contexts.own.channel.allocator) {
            contexts.encoder.write(NIOAny(IOData.byteBuffer($0)), promise: nil)
        }
        complete(contexts.own)
        contexts.encoder.flush()
        answerRefusals(contexts.own)
        if isReadHeldBack { read(context: contexts.own) }
        return true
    }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        isReadHeldBack = unanswered.count >= Self.maximumUnanswered || (isInputOver && !isOutputOver)
        if !isReadHeldBack { context.read() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isInputOver {
            // Others may not want more, but what the client sends has to be taken from it.
            if isOutputOver { context.read() }
        } else if bytes.haveCome, isArriving || !hasParts {
            clock.isArriving()
            place?.isBusy()
            schedule(context)
        }
        bytes.haveCome = false
        hasParts = false
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow:
            let isTarget = bytes.lineSize > limits.targetSize
            refuse(context, isTarget ? .targetSize(limits.targetSize) : .fieldSize(limits))
        case let error as HTTPParserError: refuse(context, .notHTTP("\(error)"))
        // What is not parsed, since what was before it could not be.
        case is ByteToMessageDecoderError: break
        default: context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isOutputOver, event as? ChannelEvent == .inputClosed, unsentSize(context) == 0 {
            return context.close(promise: nil)
        }
        if event is IdleConnections.LeaveIfIdle { return leaveIfIdle(context) }
        if event is ChannelShouldQuiesceEvent, let last = unanswered.indices.last, !unanswered[last].hasBegun {
            // The answer may say so itself.
            unanswered[last].isLast = true
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable {
            clock.isStalling()
            schedule(context)
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Time

    private func schedule(_ context: ChannelHandlerContext) {
        clock.schedule(on: context.eventLoop) { [weak self] in self?.check(context) }
    }

    private func check(_ context: ChannelHandlerContext) {
        switch clock.verdict(
            unansweredCount: unanswered.count, isArriving: isArriving, arrivedSize: arrivedSize,
            unsentSize: unsentSize(context))
        {
        case .goOn: schedule(context)
        case .refuse:
            refuse(context, .late)
            schedule(context)
        case .close: context.close(promise: nil)
        }
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
