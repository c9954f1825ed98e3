import NIOCore
import NIOHTTP1

/// Passes the bytes of a connection to the parser, a few requests at a time, and holds the others back. In between, the event loop handles
/// its other connections, and no request is parsed long before it can be answered.
final class RequestFeed: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Any
    typealias OutboundOut = Any

    /// The number of requests after which the other connections are handled.
    private static let requestsPerTurn = 8
    /// The number of parts of bodies after which they are handled. Chunks of one byte are parts, too.
    private static let partsPerTurn = 128
    /// The size of the shortest possible request.
    private static let minimumRequestSize = 22
    /// The number of bytes that the parser gets at a time, so that they contain at most 32 requests.
    private static let shortSlice = 32 * minimumRequestSize
    /// The same for a client that has sent at most a few requests at once so far.
    private static let longSlice = 4096

    /// The first lines of requests.
    private(set) var lines = RequestLines()
    /// Whether bytes have gone to the parser since the last check by the handler behind it.
    var haveCome = false
    /// The remaining bytes of a body whose length is known: they are parsed at once.
    private var expectedBodySize = 0
    /// Whether parsing is paused by the handler behind the parser.
    var isPaused = false
    /// Whether nothing more is parsed.
    private var isOver = false

    private let load: ServiceLoad
    private var held = CircularBuffer<ByteBuffer>()
    /// The number of bytes held back. They count towards the limit on bodies.
    private var heldSize = 0
    /// Events that arrived after the bytes that are held back.
    private var heldEvents: [Any] = []
    private var requestsInTurn = 0
    private var partsInTurn = 0
    private var sendsManyAtOnce = false
    private var isFeeding = false
    private var waitsForTurn = false
    private var wantsRead = false
    private var turns: LoopTurns?
    private var context: ChannelHandlerContext?
    /// Refuses the connection because it may not hold back more bytes.
    var refuseMore: (() -> Void)?

    init(_ load: ServiceLoad) { self.load = load }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        discard()
        self.context = nil
        refuseMore = nil
    }

    /// Whether nothing is held back.
    var isEmpty: Bool { held.isEmpty }

    // MARK: Calls from the handler behind the parser

    /// A request's head is complete. Its body or another request may follow.
    ///
    /// - Parameter bodySize: the value of `Content-Length`.
    /// - Returns: whether its first line names HTTP.
    func endHead(_ head: HTTPRequestHead, bodySize: Int) -> Bool {
        expectedBodySize = bodySize
        requestsInTurn += 1
        if requestsInTurn > Self.requestsPerTurn { sendsManyAtOnce = true }
        return lines.endHead(head)
    }

    /// A request is complete.
    func endMessage() {
        expectedBodySize = 0
        lines.endMessage()
    }

    /// A part of a body has been parsed.
    func endPart(_ size: Int) {
        partsInTurn += 1
        expectedBodySize = max(expectedBodySize - size, 0)
    }

    /// Drops the bytes held back and all that follow.
    func end() {
        isOver = true
        isPaused = false
        discard()
    }

    /// Continues after a pause.
    func resume() {
        isPaused = false
        if let context, !held.isEmpty, !isFeeding, !waitsForTurn {
            feed(context)
            context.fireChannelReadComplete()
        }
        continueReading()
    }

    // MARK: Bytes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        let bytes = unwrapInboundIn(data)
        if held.isEmpty, mayPass(bytes) { return pass(context, bytes) }
        held.append(bytes)
        heldSize += bytes.readableBytes
        guard load.addBody(bytes.readableBytes) else {
            refuseMore?()
            return
        }
        if !isFeeding, !waitsForTurn, !isPaused { feed(context) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !waitsForTurn { (requestsInTurn, partsInTurn) = (0, 0) }
        context.fireChannelReadComplete()
    }

    /// The number of bytes that may be parsed next.
    private var sliceSize: Int {
        // The bytes that end a body contain no other request.
        if expectedBodySize > 0 { return expectedBodySize }
        return sendsManyAtOnce || requestsInTurn > 0 ? Self.shortSlice : Self.longSlice
    }

    private var isTurnOver: Bool { requestsInTurn >= Self.requestsPerTurn || partsInTurn >= Self.partsPerTurn }

    private func mayPass(_ bytes: ByteBuffer) -> Bool {
        !isPaused && !isFeeding && !waitsForTurn && !isTurnOver && bytes.readableBytes <= sliceSize
    }

    private func pass(_ context: ChannelHandlerContext, _ bytes: ByteBuffer) {
        haveCome = true
        lines.willParse(bytes)
        context.fireChannelRead(wrapInboundOut(bytes))
        lines.didParse(bytes)
    }

    /// Parses the bytes held back, until other connections must be handled.
    private func feed(_ context: ChannelHandlerContext) {
        isFeeding = true
        while !isPaused, !isTurnOver, var bytes = held.popFirst() {
            let size = min(bytes.readableBytes, sliceSize)
            guard let slice = bytes.readSlice(length: size) else { break }
            if bytes.readableBytes > 0 { held.prepend(bytes) }
            heldSize -= size
            load.removeBody(size)
            pass(context, slice)
        }
        isFeeding = false
        if held.isEmpty {
            let events = heldEvents
            heldEvents = []
            for event in events { context.fireUserInboundEventTriggered(event) }
        } else if !isPaused {
            waitForTurn(context)
        }
    }

    private func waitForTurn(_ context: ChannelHandlerContext) {
        waitsForTurn = true
        let turns = self.turns ?? LoopTurns.of(context.eventLoop)
        self.turns = turns
        turns.afterOthers { [weak self] in self?.takeTurn() }
    }

    private func takeTurn() {
        waitsForTurn = false
        (requestsInTurn, partsInTurn) = (0, 0)
        guard let context, !held.isEmpty, !isPaused else { return continueReading() }
        feed(context)
        context.fireChannelReadComplete()
        continueReading()
    }

    private func discard() {
        held.removeAll()
        load.removeBody(heldSize)
        heldSize = 0
        let events = heldEvents
        heldEvents = []
        for event in events { context?.fireUserInboundEventTriggered(event) }
        continueReading()
    }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        wantsRead = isPaused || !held.isEmpty
        if !wantsRead { context.read() }
    }

    private func continueReading() {
        guard wantsRead, !isPaused, held.isEmpty, let context else { return }
        wantsRead = false
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The end of the input comes after the bytes held back.
        if !held.isEmpty, event as? ChannelEvent == .inputClosed {
            heldEvents.append(event)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }
}

@available(*, unavailable)
extension RequestFeed: Sendable {}
