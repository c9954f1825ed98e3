import NIOCore
import Synchronization

/// The streams of the connections of one event loop.
///
/// Everything that happens to them waits in a queue, so that a stream gets exactly the batches after the position at which it joined. The
/// event loop sends a batch to some streams at a time, and handles its other connections in between.
final class LoopStreams: Sendable {
    enum Work: Sendable {
        /// The stream gets all later batches.
        case join(EventSubscriber)
        /// Its requested names lead to settings with these names, and the stream begins with a batch from before it joined, if there is one.
        case resolve(EventSubscriber, Set<String>, missed: PushBatch?)
        /// The head of its response has been sent on the channel. The continuation resumes once the stream is over.
        case attach(EventSubscriber, any Channel, CheckedContinuation<Void, Never>)
        /// The client no longer wants the stream.
        case leave(EventSubscriber)
        case batch(PushBatch)
        /// Ends the streams of tokens that are no longer valid.
        case review(@Sendable (AccessToken) -> Bool)
        /// Ends all streams.
        case end
    }

    /// The number of streams to which a batch is sent at a time.
    private static let sliceSize = 128
    /// The number of ticks of the clock between two comments on a stream.
    private static let ticksPerComment = 15

    private struct Queue {
        var work = CircularBuffer<Work>()
        var isScheduled = false
    }

    private let eventLoop: any EventLoop
    private let tickInterval: TimeAmount
    private let queue = Mutex(Queue())
    private let streams: NIOLoopBoundBox<Streams?>

    /// The part that only the event loop uses.
    private final class Streams {
        var all: [ObjectIdentifier: OpenStream] = [:]
        /// The batches that are being sent, and the streams that have not got them yet.
        var sending: (batches: [BatchRendering], rest: ArraySlice<OpenStream>)?
        /// The number of ticks so far.
        var tick = 0
        var clock: Scheduled<Void>?
    }

    /// - Parameter commentInterval: the time between two comments on a stream.
    init(_ eventLoop: any EventLoop, commentInterval: TimeAmount) {
        self.eventLoop = eventLoop
        tickInterval = .nanoseconds(max(commentInterval.nanoseconds / Int64(Self.ticksPerComment), 1_000_000))
        streams = NIOLoopBoundBox.makeEmptyBox(valueType: Streams.self, eventLoop: eventLoop)
    }

    /// Adds to the queue. The caller calls ``schedule()`` if this returns `true`.
    func enqueue(_ work: Work) -> Bool {
        queue.withLock { queue in
            queue.work.append(work)
            defer { queue.isScheduled = true }
            return !queue.isScheduled
        }
    }

    /// Makes the event loop process the queue.
    func schedule() {
        eventLoop.execute { self.run() }
    }

    func submit(_ work: Work) {
        if enqueue(work) { schedule() }
    }

    // MARK: On the event loop

    private func run() {
        let streams = self.streams.value ?? Streams()
        self.streams.value = streams
        // The rest follows once the batch has been sent.
        while streams.sending == nil, let work = next() { process(work, streams) }
    }

    private func next() -> Work? {
        queue.withLock { queue in
            let work = queue.work.popFirst()
            if work == nil { queue.isScheduled = false }
            return work
        }
    }

    private func process(_ work: Work, _ streams: Streams) {
        switch work {
        case .join(let subscriber): streams.all[ObjectIdentifier(subscriber)] = OpenStream(subscriber)
        case .resolve(let subscriber, let names, let missed):
            streams.all[ObjectIdentifier(subscriber)]?.resolve(names, missed: missed)
        case .attach(let subscriber, let channel, let continuation): attach(subscriber, channel, continuation, streams)
        case .leave(let subscriber): streams.all.removeValue(forKey: ObjectIdentifier(subscriber))?.end()
        case .batch(let batch): send(batch, streams)
        case .review(let isValid):
            for stream in streams.all.values {
                if let token = stream.subscriber.token, !isValid(token) { end(stream, streams) }
            }
        case .end: for stream in streams.all.values { end(stream, streams) }
        }
    }

    private func end(_ stream: OpenStream, _ streams: Streams) {
        streams.all[ObjectIdentifier(stream.subscriber)] = nil
        stream.end()
    }

    private func attach(
        _ subscriber: EventSubscriber, _ channel: any Channel, _ continuation: CheckedContinuation<Void, Never>,
        _ streams: Streams
    ) {
        guard let stream = streams.all[ObjectIdentifier(subscriber)], channel.eventLoop === eventLoop else {
            return continuation.resume()
        }
        let connection = try? channel.pipeline.syncOperations.handler(type: ConnectionGuard.self)
        let bound = NIOLoopBound((self, stream, streams), eventLoop: eventLoop)
        channel.closeFuture.whenComplete { _ in
            let (loop, stream, streams) = bound.value
            loop.end(stream, streams)
        }
        stream.attach(connection, tick: streams.tick % Self.ticksPerComment) { continuation.resume() }
        if streams.clock == nil { startClock(streams) }
    }

    // MARK: Batches

    private func send(_ batch: PushBatch, _ streams: Streams) {
        guard !streams.all.isEmpty else { return }
        var batches = [BatchRendering(batch)]
        // Batches that have arrived meanwhile are sent in the same turn.
        while let next = nextBatch() { batches.append(BatchRendering(next)) }
        streams.sending = (batches, ArraySlice(streams.all.values))
        sendSlice(streams)
    }

    private func nextBatch() -> PushBatch? {
        queue.withLock { queue in
            guard case .batch(let batch)? = queue.work.first else { return nil }
            queue.work.removeFirst()
            return batch
        }
    }

    private func sendSlice(_ streams: Streams) {
        guard var (batches, rest) = streams.sending else { return }
        // The only copy, so that changing it copies nothing.
        streams.sending = nil
        for stream in rest.prefix(Self.sliceSize) {
            for index in batches.indices { stream.deliver(&batches[index]) }
        }
        rest = rest.dropFirst(Self.sliceSize)
        guard !rest.isEmpty else { return run() }
        streams.sending = (batches, rest)
        let bound = NIOLoopBound((self, streams), eventLoop: eventLoop)
        LoopTurns.of(eventLoop).afterOthers {
            let (loop, streams) = bound.value
            loop.sendSlice(streams)
        }
    }

    // MARK: Comments

    /// Sends comments to a part of the streams at each tick, so that they do not delay events.
    private func startClock(_ streams: Streams) {
        let bound = NIOLoopBound((self, streams), eventLoop: eventLoop)
        streams.clock = eventLoop.scheduleTask(in: tickInterval) {
            let (loop, streams) = bound.value
            loop.tick(streams)
        }
    }

    private func tick(_ streams: Streams) {
        streams.clock = nil
        streams.tick += 1
        let tick = streams.tick % Self.ticksPerComment
        for stream in streams.all.values where stream.commentTick == tick { stream.sendComment() }
        if !streams.all.isEmpty { startClock(streams) }
    }
}
