import HTTPGuard
import NIOCore
import Synchronization

/// The streams of the connections of one event loop.
///
/// Everything that happens to them waits in a queue, so that a stream gets exactly the batches after the position at which it joined. The
/// event loop goes round the streams, some at a time, and handles its other connections in between. Each stream gets all batches that wait
/// at its turn in one write, so that the delay is at most the time of a round, however many changes there are.
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

    /// The number of streams that have their turn at a time.
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
        /// The same streams by their places, with gaps.
        var places: [OpenStream?] = []
        var gaps = 0
        var log = BatchLog()
        /// While a round is in progress: the place that is next, and the number of the first batch that was not yet known when it began.
        var round: (next: Int, end: Int)?
        /// The number of ticks so far.
        var tick = 0
        var clock: Scheduled<Void>?

        func add(_ stream: OpenStream) {
            all[ObjectIdentifier(stream.subscriber)] = stream
            stream.place = places.count
            places.append(stream)
        }

        func remove(_ subscriber: EventSubscriber) -> OpenStream? {
            guard let stream = all.removeValue(forKey: ObjectIdentifier(subscriber)) else { return nil }
            places[stream.place] = nil
            gaps += 1
            if round == nil, gaps > places.count / 2 { closeGaps() }
            return stream
        }

        func closeGaps() {
            guard gaps > 0 else { return }
            places.removeAll { $0 == nil }
            for (place, stream) in places.enumerated() { stream?.place = place }
            gaps = 0
        }
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
        while let work = next() { process(work, streams) }
        guard streams.round == nil, !streams.log.isEmpty else { return }
        streams.round = (next: 0, end: streams.log.end)
        sendSlice(streams)
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
        case .join(let subscriber): streams.add(OpenStream(subscriber, nextBatch: streams.log.end))
        case .resolve(let subscriber, let names, let missed):
            streams.all[ObjectIdentifier(subscriber)]?.resolve(names, missed: missed)
        case .attach(let subscriber, let channel, let continuation): attach(subscriber, channel, continuation, streams)
        case .leave(let subscriber): streams.remove(subscriber)?.end()
        case .batch(let batch): if !streams.all.isEmpty { streams.log.append(batch) }
        case .review(let isValid):
            for stream in streams.all.values {
                if let token = stream.subscriber.token, !isValid(token) { streams.remove(stream.subscriber)?.end() }
            }
        case .end: for stream in streams.all.values { streams.remove(stream.subscriber)?.end() }
        }
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
            loop.process(.leave(stream.subscriber), streams)
        }
        stream.attach(connection, tick: streams.tick % Self.ticksPerComment) { continuation.resume() }
        if streams.clock == nil { startClock(streams) }
    }

    // MARK: Batches

    /// Lets some streams have their turn, and the others after the other work of the event loop.
    private func sendSlice(_ streams: Streams) {
        guard let round = streams.round else { return }
        let slice = round.next..<min(round.next + Self.sliceSize, streams.places.count)
        for place in slice {
            guard let stream = streams.places[place] else { continue }
            guard let rendering = streams.log.rendering(from: stream.nextBatch) else { continue }
            stream.nextBatch = streams.log.end
            stream.deliver(rendering)
        }
        if slice.upperBound < streams.places.count {
            streams.round?.next = slice.upperBound
        } else if !beginRound(streams, after: round.end) {
            return
        }
        let bound = NIOLoopBound((self, streams), eventLoop: eventLoop)
        LoopTurns.of(eventLoop).afterOthers {
            let (loop, streams) = bound.value
            loop.sendSlice(streams)
        }
    }

    /// Begins another round if batches have arrived since the last one began.
    private func beginRound(_ streams: Streams, after end: Int) -> Bool {
        streams.closeGaps()
        streams.log.removeAll(before: end)
        streams.round = streams.log.isEmpty ? nil : (next: 0, end: streams.log.end)
        return streams.round != nil
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
