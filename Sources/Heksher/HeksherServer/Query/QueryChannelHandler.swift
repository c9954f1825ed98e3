import HTTPGuard
import HeksherStore
import NIOCore
import NIOHTTP1

/// Answers the queries and evaluations of a connection from memory, without a task. For repeated requests, it sends the stored response.
///
/// All other requests go on to Hummingbird. So do requests that arrive while an earlier request of the connection is unanswered, so that
/// responses keep the order of their requests.
final class QueryChannelHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request that is being answered here.
    private final class Held {
        let head: HTTPRequestHead
        let asker: QueryResponder.Asker
        var isAsked = false
        /// The body of the request, which is short.
        var body: ByteBuffer?
        /// A large body that is being sent, and the rest of it.
        var sending: (body: SharedBody, rest: ByteBuffer)?
        var waitsForTurn = false

        init(_ head: HTTPRequestHead, _ asker: QueryResponder.Asker) {
            self.head = head
            self.asker = asker
        }
    }

    private enum Later {
        case part(HTTPServerRequestPart)
        case event(Any)
        case error(any Error)
    }

    /// The number of waiting parts at which reading stops.
    private static let maximumLater = 64
    /// The maximum size of a header field that is evaluated here.
    private static let maximumFieldSize = 1024

    private let queries: QueryResponder
    private let revisions: RevisionBatch
    private let answersQueries: Bool
    private let refusals: AccessRefusals?
    /// Whether the rest of a refused request is dropped.
    private var isDropping = false
    private var needsFlush = false
    /// The number of requests that went on to Hummingbird and are unanswered.
    private var passedCount = 0
    private var held: Held?
    /// The parts that have arrived since.
    private var later = CircularBuffer<Later>()
    private var isReadHeldBack = false
    /// Sends complete responses.
    private weak var connection: ConnectionGuard?

    /// - Parameter refusals: refuses requests by their heads.
    init(_ queries: QueryResponder, _ revisions: RevisionBatch, refusals: AccessRefusals?, answersQueries: Bool) {
        self.refusals = refusals
        self.queries = queries
        self.revisions = revisions
        self.answersQueries = answersQueries
    }

    func channelActive(context: ChannelHandlerContext) {
        connection = try? context.pipeline.syncOperations.handler(type: ConnectionGuard.self)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        receive(context, unwrapInboundIn(data))
    }

    private func receive(_ context: ChannelHandlerContext, _ part: HTTPServerRequestPart) {
        if let held {
            switch part {
            case .body(let bytes) where !held.isAsked: held.body.setOrWriteImmutableBuffer(bytes)
            case .end where !held.isAsked:
                held.isAsked = true
                revisions.ask { self.answer(context, $0) }
            default: later.append(.part(part))
            }
            return
        }
        if isDropping {
            if case .end = part { isDropping = false }
            return
        }
        if case .head(let head) = part {
            // If the client does not read its responses, the request waits elsewhere.
            if passedCount == 0, context.channel.isWritable {
                if answersQueries, let asker = queries.asker(of: head) {
                    held = Held(head, asker)
                    return
                }
                if let refusal = refusals?.refusal(of: head) {
                    isDropping = true
                    needsFlush = true
                    return refusal.write(toHead: head.method == .HEAD, server: GuardedService.heksher.name) {
                        context.write(wrapOutboundOut($0), promise: nil)
                    }
                }
            }
            passedCount += 1
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flushIfNeeded(context)
        context.fireChannelReadComplete()
    }

    /// Flushes refusals, several at once.
    private func flushIfNeeded(_ context: ChannelHandlerContext) {
        guard needsFlush else { return }
        needsFlush = false
        context.flush()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { passedCount -= 1 }
        context.write(data, promise: promise)
    }

    func read(context: ChannelHandlerContext) {
        isReadHeldBack = later.count >= Self.maximumLater
        if !isReadHeldBack { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if held == nil { pass(context, event) } else { later.append(.event(event)) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if held == nil { context.fireErrorCaught(error) } else { later.append(.error(error)) }
    }

    /// Passes an event on once everything written has been sent. The handlers that get it do not know about the responses sent here, and
    /// may close the connection.
    private func pass(_ context: ChannelHandlerContext, _ event: Any) {
        // If a request went on, its handler gets the event at once: nothing may come between the parts of its response.
        guard passedCount == 0, event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in context.fireUserInboundEventTriggered(event) }
        // An empty write after everything else.
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: sent)
    }

    func channelInactive(context: ChannelHandlerContext) {
        held = nil
        later.removeAll()
        context.fireChannelInactive()
    }

    /// Answers the held request.
    private func answer(_ context: ChannelHandlerContext, _ snapshot: RevisionBatch.Outcome) {
        guard let held else { return }
        guard case .success(let snapshot?) = snapshot else { return passOn(context, held) }
        var body: String?
        if held.asker.sendsBody {
            // Different bytes must not become the same text.
            guard let text = String(validating: (held.body ?? ByteBuffer()).readableBytesView, as: UTF8.self) else {
                return passOn(context, held)
            }
            body = text
        }
        switch queries.answer(to: held.head.uri, body, for: held.asker.token, in: snapshot) {
        case .answer(let answer): respond(context, held, answer)
        case .none: passOn(context, held)
        case .takesLong:
            let bound = NIOLoopBound((self, context, held), eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            queries.longResponse(to: held.head.uri, body, for: held.asker.token, in: snapshot) { found in
                eventLoop.execute {
                    let (handler, context, held) = bound.value
                    // The client may have disconnected meanwhile.
                    guard handler.held === held else { return }
                    if case .answer(let answer) = found {
                        handler.respond(context, held, answer)
                    } else {
                        handler.passOn(context, held)
                    }
                }
            }
        }
    }

    /// Passes the held request on to Hummingbird.
    private func passOn(_ context: ChannelHandlerContext, _ held: Held) {
        self.held = nil
        passedCount += 1
        context.fireChannelRead(wrapInboundOut(.head(held.head)))
        if let body = held.body { context.fireChannelRead(wrapInboundOut(.body(body))) }
        context.fireChannelRead(wrapInboundOut(.end(nil)))
        goOn(context)
    }

    private func respond(_ context: ChannelHandlerContext, _ held: Held, _ answer: CachedResponse) {
        let tags = held.head.headers["If-None-Match"]
        let codings = held.head.headers.first(name: "Accept-Encoding")
        guard held.asker.mayHave(answer), tags.reduce(0, { $0 + $1.utf8.count }) <= Self.maximumFieldSize,
            codings?.utf8.count ?? 0 <= Self.maximumFieldSize
        else { return passOn(context, held) }
        if !tags.isEmpty, let tag = tags.lazy.compactMap(answer.body.knownTag).first {
            return send(context, held, answer.body.notModified(tag))
        }
        let bound = NIOLoopBound((self, context, held), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        answer.body.withRepresentation(for: codings) { representation in
            let send = { @Sendable in
                let (handler, context, held) = bound.value
                // The client may have disconnected while the response was compressed.
                guard handler.held === held else { return }
                if representation.isLarge {
                    handler.sendInParts(context, held, representation)
                } else {
                    handler.send(context, held, representation.answer)
                }
            }
            if eventLoop.inEventLoop { send() } else { eventLoop.execute(send) }
        }
    }

    private func send(_ context: ChannelHandlerContext, _ held: Held, _ answer: PreparedResponse) {
        self.held = nil
        if connection?.send(answer) != true {
            answer.write { context.write(wrapOutboundOut($0), promise: nil) }
            context.flush()
        }
        if !later.isEmpty { goOn(context) }
    }

    // MARK: Large bodies

    private func sendInParts(
        _ context: ChannelHandlerContext, _ held: Held, _ representation: CompressibleBody.Representation
    ) {
        guard let load = connection?.load,
            let body = load.bodies.body(representation.body, tag: representation.tag.text, load)
        else {
            Refusal.tooManyUnsentBytes.write(toHead: false, server: GuardedService.heksher.name) {
                context.write(wrapOutboundOut($0), promise: nil)
            }
            context.flush()
            self.held = nil
            return goOn(context)
        }
        context.write(wrapOutboundOut(representation.answer.headPart()), promise: nil)
        held.sending = (body, body.bytes)
        sendPart(context)
    }

    /// Sends the next part of a large body, once the client has read the previous ones.
    private func sendPart(_ context: ChannelHandlerContext) {
        guard let held, let sending = held.sending, context.channel.isWritable else { return }
        let body = sending.body
        var rest = sending.rest
        guard let part = rest.readSlice(length: min(rest.readableBytes, SharedBody.partSize))
        else { return }
        context.write(wrapOutboundOut(.body(.byteBuffer(part))), promise: nil)
        if rest.readableBytes > 0 {
            held.sending = (body, rest)
            context.flush()
            guard !held.waitsForTurn else { return }
            held.waitsForTurn = true
            LoopTurns.of(context.eventLoop).afterOthers { [weak self] in
                held.waitsForTurn = false
                if self?.held === held { self?.sendPart(context) }
            }
        } else {
            held.sending = nil
            self.held = nil
            // The last part keeps the bytes alive, so they count until it is sent.
            let sent = context.eventLoop.makePromise(of: Void.self)
            sent.futureResult.whenComplete { _ in withExtendedLifetime(body) {} }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
            goOn(context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        sendPart(context)
        context.fireChannelWritabilityChanged()
    }

    /// Continues with the parts that have arrived meanwhile, until another request must be answered here.
    private func goOn(_ context: ChannelHandlerContext) {
        // The parts between the head of that request and its end come after it.
        var between: [Later] = []
        while held?.isAsked != true, let next = later.popFirst() {
            switch next {
            case .part(let part): receive(context, part)
            case .event where held != nil, .error where held != nil: between.append(next)
            case .event(let event): userInboundEventTriggered(context: context, event: event)
            case .error(let error): errorCaught(context: context, error: error)
            }
        }
        for next in between.reversed() { later.prepend(next) }
        flushIfNeeded(context)
        context.fireChannelReadComplete()
        if isReadHeldBack { read(context: context) }
    }
}
