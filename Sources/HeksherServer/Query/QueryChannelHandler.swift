import HeksherStore
import NIOCore
import NIOHTTP1

/// Answers the queries of a connection from memory, without a task, and those that are asked again and again without anything being
/// made anew.
///
/// What it has no answer for goes on to where every other request goes, and so does what comes while an earlier request of the
/// connection is not answered yet, so that answers keep the order of their requests.
final class QueryChannelHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request that is being answered here.
    private final class Held {
        let head: HTTPRequestHead
        let asker: QueryAnswerer.Asker
        var isAsked = false

        init(_ head: HTTPRequestHead, _ asker: QueryAnswerer.Asker) {
            self.head = head
            self.asker = asker
        }
    }

    private enum Later {
        case part(HTTPServerRequestPart)
        case event(Any)
        case error(any Error)
    }

    /// After how much that waits nothing more is read.
    private static let maximumLater = 64

    private let queries: QueryAnswerer
    private let revisions: RevisionBatch
    private let answersQueries: Bool
    /// How many requests went on and are not answered yet.
    private var passedCount = 0
    private var held: Held?
    /// What has come since.
    private var later = CircularBuffer<Later>()
    private var isReadHeldBack = false
    /// What sends whole answers.
    private weak var connection: ConnectionGuard?

    init(_ queries: QueryAnswerer, _ revisions: RevisionBatch, answersQueries: Bool) {
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
            if case .end = part, !held.isAsked {
                held.isAsked = true
                revisions.ask { self.answer(context, $0) }
            } else {
                later.append(.part(part))
            }
            return
        }
        if case .head(let head) = part {
            // Who does not read its answers waits elsewhere.
            if answersQueries, passedCount == 0, context.channel.isWritable, let asker = queries.asker(of: head) {
                held = Held(head, asker)
                return
            }
            passedCount += 1
        }
        context.fireChannelRead(wrapInboundOut(part))
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

    /// Passes an event on once everything written is sent: who hears of it does not know of what is answered here, and may close
    /// the connection.
    private func pass(_ context: ChannelHandlerContext, _ event: Any) {
        // Who has a request under way knows of it, and nothing may come between the parts of its answer.
        guard passedCount == 0, event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in context.fireUserInboundEventTriggered(event) }
        // Nothing, behind everything.
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: sent)
    }

    func channelInactive(context: ChannelHandlerContext) {
        held = nil
        later.removeAll()
        context.fireChannelInactive()
    }

    /// Answers the request that is held.
    private func answer(_ context: ChannelHandlerContext, _ snapshot: RevisionBatch.Answer) {
        guard let held else { return }
        guard case .success(let snapshot?) = snapshot, let answer = queries.answer(to: held.head.uri, in: snapshot),
            held.asker.mayHave(answer)
        else {
            self.held = nil
            passedCount += 1
            context.fireChannelRead(wrapInboundOut(.head(held.head)))
            context.fireChannelRead(wrapInboundOut(.end(nil)))
            return goOn(context)
        }
        let tags = held.head.headers["If-None-Match"]
        if !tags.isEmpty, let tag = tags.lazy.compactMap(answer.body.knownTag).first {
            return send(context, held, AnswerBody.notModified(tag))
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        answer.body.withRepresentation(for: held.head.headers.first(name: "Accept-Encoding")) { representation in
            let send = { @Sendable in
                let (handler, context) = bound.value
                // The client may have gone while the answer was compressed.
                guard let held = handler.held else { return }
                handler.send(context, held, representation.answer)
            }
            if eventLoop.inEventLoop { send() } else { eventLoop.execute(send) }
        }
    }

    private func send(_ context: ChannelHandlerContext, _ held: Held, _ answer: PreparedAnswer) {
        self.held = nil
        if connection?.send(answer) != true {
            answer.write { context.write(wrapOutboundOut($0), promise: nil) }
            context.flush()
        }
        if !later.isEmpty { goOn(context) }
    }

    /// With what has come meanwhile, until another request is to be answered here.
    private func goOn(_ context: ChannelHandlerContext) {
        // What has come between the head of that and its end comes behind it.
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
        context.fireChannelReadComplete()
        if isReadHeldBack { read(context: context) }
    }
}
