package import NIOCore
package import NIOHTTP1

/// Refuses requests between the parser of a connection and the handlers that respond.
///
/// It refuses a request that is not HTTP, too large, too slow or beyond a limit: with a sentence, and in the order of the requests. The
/// handlers behind it do not see that request. If no response is possible, it closes the connection.
package final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    /// The number of unanswered requests at which parsing stops.
    private static let maximumUnanswered = 32
    /// Parts of bodies that are smaller are joined.
    private static let smallPartSize = 1024
    /// The size at which joined parts go on to the handlers.
    private static let joinedPartsSize = 16 << 10
    /// After this many written bytes, the guard checks how many of them wait to be sent.
    private static let writtenSizePerLook = 32 << 10

    let feed: RequestFeed
    let limits: ConnectionLimits
    package let load: ServiceLoad
    let clock: ConnectionClock
    var unanswered = CircularBuffer<PendingRequest>()
    /// Whether the response to the first of them is a stream.
    var isStreaming = false
    /// Whether a request's head has arrived, but not its end.
    var isArriving = false
    /// Whether the rest of that request goes on to the handlers.
    private var isPassing = false
    /// Whether further requests are ignored, because the last one has arrived.
    var isInputOver = false
    /// Whether nothing more is sent, because the last response is being sent.
    var isOutputOver = false
    /// Whether bytes are being read, so that responses are flushed together at the end.
    var isReading = false
    var needsFlush = false
    private var hasParts = false
    /// The place where the connection records whether it is idle, while it is counted.
    private(set) var place: IdleConnections.Place?
    /// The address for which the connection is counted, if any.
    private var address: IPAddress?
    /// Whether the connection is beyond the limit of its address.
    private(set) var isOneTooMany = false
    /// The number of bytes of the arriving body so far.
    private(set) var arrivedSize = 0
    /// Small parts of the arriving body, joined. Each part that goes on to the handlers costs them much more than its bytes, and a client
    /// can send a body in chunks of one byte.
    private var joinedParts = ByteBuffer()
    /// The bytes written since the guard last checked how many of them wait to be sent.
    private(set) var writtenSize = 0
    /// The bytes of this connection that are counted as waiting to be sent.
    private(set) var unsentSize = 0
    /// The contexts of this handler and of the encoder. No handler between them looks at responses.
    private(set) var contexts: (own: ChannelHandlerContext, encoder: ChannelHandlerContext)?

    private var hostCheck: HostCheck
    private let rootPath: RootPathStripper?

    /// - Parameters:
    ///   - hosts: the allowed host names; `nil` allows all.
    ///   - rootPath: removes the root path from requests; `nil` without a root path.
    init(
        _ feed: RequestFeed, _ limits: ConnectionLimits, _ load: ServiceLoad, hosts: AllowedHosts? = nil,
        rootPath: RootPathStripper? = nil
    ) {
        hostCheck = HostCheck(hosts)
        self.rootPath = rootPath
        self.feed = feed
        self.limits = limits
        self.load = load
        clock = ConnectionClock(limits)
    }

    // MARK: Begin and end of a connection

    package func handlerAdded(context: ChannelHandlerContext) {
        contexts = (try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self))
            .map { (context, $0) }
        feed.refuseMore = { [weak self] in self?.refuse(context, .tooManyRequests(isLast: true)) }
        if context.channel.isActive { begin(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        let place = IdleConnections.Place(context.channel)
        self.place = place
        address = load.addresses?.countedPeer(context.channel.remoteAddress)
        clock.isIdle()
        switch load.beginConnection(place, from: address) {
        case .admitted: place.isIdle(since: clock.idleSince)
        case .tooMany: refuse(context, .tooManyConnections)
        case .tooManyFromAddress:
            // The connection may carry a health check. Any other request on it is refused.
            isOneTooMany = true
            clock.isOneTooMany()
            place.isIdle(since: clock.idleSince)
        }
        schedule(context)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        end()
        contexts = nil
        feed.refuseMore = nil
    }

    private func end() {
        clock.stop()
        while let request = unanswered.popFirst() { release(request) }
        isInputOver = true
        isOutputOver = true
        load.addUnsent(-unsentSize)
        unsentSize = 0
        if let place { load.endConnection(place, from: address) }
        place = nil
    }

    // MARK: Requests

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isInputOver else { return }
        isReading = true
        hasParts = true
        switch unwrapInboundIn(data) {
        case .head(let head):
            let framing = begin(head, context)
            if isPassing {
                continueIfAsked(context)
                let isAsMeant = !framing.hasPaddedValues && rootPath == nil
                context.fireChannelRead(isAsMeant ? data : wrapInboundOut(.head(meant(head, framing))))
            } else {
                // The rest of a request that ends the connection stays in the system's buffers.
                if let last = unanswered.last, last.refusal?.isLast == true { endInput() }
                answerRefusals(context)
            }
        case .body(let part):
            feed.endPart(part.readableBytes)
            guard isPassing else { return }
            arrivedSize += part.readableBytes
            if let refusal = refusal(ofBody: part.readableBytes) { return refuse(context, refusal) }
            if part.readableBytes < Self.smallPartSize {
                joinedParts.writeImmutableBuffer(part)
                if joinedParts.readableBytes >= Self.joinedPartsSize { passJoinedParts(context) }
            } else {
                passJoinedParts(context)
                context.fireChannelRead(data)
            }
        case .end:
            passJoinedParts(context)
            isArriving = false
            feed.endMessage()
            clock.hasArrived()
            if unanswered.last?.isLast == true { endInput() }
            if isPassing { context.fireChannelRead(data) } else { answerRefusals(context) }
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> RequestFraming {
        let framing = RequestFraming(head, limits)
        let isAdmitted = load.beginRequest()
        let isHeard = framing.isToBeHeard(limits)
        var refusal = feed.endHead(head, bodySize: framing.bodySize) ? framing.refusal : .otherProtocol
        if refusal == nil { refusal = hostCheck.refusal(of: head, host: framing.host) }
        // The service answers health checks even if it is busy.
        if refusal == nil, !isHealthCheck(head) {
            if !isAdmitted {
                refusal = .tooManyRequests(isLast: !isHeard)
            } else if isOneTooMany {
                refusal = .tooManyConnectionsFromAddress
            } else if let addresses = load.addresses, !addresses.admits(head, from: context.channel.remoteAddress) {
                refusal = .tooManyRequestsFromAddress(isLast: !isHeard)
            }
        }
        isArriving = true
        isPassing = refusal == nil
        arrivedSize = 0
        clock.hasArrived()
        place?.isBusy()
        unanswered.append(
            PendingRequest(
                refusal: refusal, isLast: framing.isLast || isOneTooMany || refusal?.isLast == true,
                needsKeepAlive: framing.needsKeepAlive && !isOneTooMany, isHead: head.method == .HEAD,
                isHeard: isHeard && refusal?.isLast == false,
                waitsToSend: framing.waitsToSend && head.version.minor > 0))
        feed.isPaused = unanswered.count >= Self.maximumUnanswered
        return framing
    }

    private func passJoinedParts(_ context: ChannelHandlerContext) {
        guard joinedParts.readableBytes > 0 else { return }
        let parts = joinedParts
        joinedParts = ByteBuffer()
        if isPassing, !isInputOver { context.fireChannelRead(wrapInboundOut(.body(parts))) }
    }

    /// The head that the handlers get.
    private func meant(_ head: HTTPRequestHead, _ framing: RequestFraming) -> HTTPRequestHead {
        var head = framing.hasPaddedValues ? head.withTrimmedFields : head
        if let target = rootPath?.stripped(head.uri) { head.uri = target }
        return head
    }

    private func isHealthCheck(_ head: HTTPRequestHead) -> Bool {
        let target = rootPath?.stripped(head.uri) ?? head.uri
        guard let path = load.service.healthPath, target.hasPrefix(path) else { return false }
        return target.utf8.count == path.utf8.count || target.hasPrefix(path + "?")
    }

    /// Counts bytes of a body, and returns a refusal if they exceed a limit. They count when they arrive: a client that announces many
    /// bytes and sends none blocks no other client.
    private func refusal(ofBody size: Int) -> Refusal? {
        let tooLarge = arrivedSize > limits.bodySize ? Refusal.bodySize(limits.bodySize, isLast: true) : nil
        // Bytes that arrive after the response are dropped.
        guard let last = unanswered.indices.last else { return tooLarge }
        unanswered[last].bodySize += size
        let fits = load.addBody(size)
        return tooLarge ?? (fits ? nil : .tooManyRequests(isLast: true))
    }

    /// Sends `100 Continue` to a client that waits for it before it sends the body.
    func continueIfAsked(_ context: ChannelHandlerContext) {
        guard unanswered.count == 1, let next = unanswered.first, next.waitsToSend, next.refusal == nil else { return }
        unanswered[unanswered.startIndex].waitsToSend = false
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Ignores all further requests.
    func endInput() {
        isInputOver = true
        feed.end()
    }

    /// Lets the feed continue if it waits for responses.
    func resumeFeed() {
        if feed.isPaused, unanswered.count < Self.maximumUnanswered { feed.resume() }
    }

    // MARK: Reading

    package func read(context: ChannelHandlerContext) {
        if !isInputOver || isOutputOver { context.read() }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        passJoinedParts(context)
        if needsFlush {
            needsFlush = false
            flush(context: context)
        }
        if isInputOver {
            // The handlers behind this one may want nothing more, but the client's bytes must still be read.
            if isOutputOver { context.read() }
        } else if feed.haveCome, isArriving || !hasParts {
            clock.isArriving()
            place?.isBusy()
            schedule(context)
        }
        feed.haveCome = false
        hasParts = false
        context.fireChannelReadComplete()
    }

    // MARK: Bytes that wait to be sent

    /// Counts written bytes of a response.
    func hasWritten(_ size: Int) { writtenSize += size }

    package func flush(context: ChannelHandlerContext) {
        context.flush()
        hasFlushed(context)
    }

    /// Checks, after a certain number of written bytes, how many of them wait to be sent.
    func hasFlushed(_ context: ChannelHandlerContext) {
        if writtenSize >= Self.writtenSizePerLook { lookAtUnsent(context) }
    }

    func lookAtUnsent(_ context: ChannelHandlerContext) {
        guard place != nil else { return }
        let size = bufferedSize(context)
        load.addUnsent(size - unsentSize)
        clock.notes(unsentSize: size, writtenSize: writtenSize)
        unsentSize = size
        writtenSize = 0
        if size > 0 { schedule(context) }
    }

    func bufferedSize(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        lookAtUnsent(context)
        context.fireChannelWritabilityChanged()
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
