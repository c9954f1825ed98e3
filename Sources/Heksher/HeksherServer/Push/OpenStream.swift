import HTTPGuard
import NIOCore

/// A stream of events on a connection. Use it only on the event loop of the connection.
final class OpenStream {
    /// The batches that a stream keeps before its response begins. A client that would need more must read everything again.
    private static let maximumPending = 256

    let subscriber: EventSubscriber
    /// Whether the client may see all settings, and the form of its events. The copies spare the stream a look at the subscriber, which is
    /// seldom in the processor's caches.
    private let (isLimited, form): (Bool, PushEvent.Form)
    /// The names under which changes are noted that the client wants to know about: those that it requested, and the current ones that they
    /// lead to; `nil` for all.
    private var names: Set<String>?
    /// Whether the requested names may lead to other settings than ``names`` says.
    private var isUncertain = false
    /// The batches that have arrived before the response began.
    private var pending: [PushBatch] = []
    private var hasMissed = false
    private var connection: ConnectionGuard?
    private var finish: (() -> Void)?
    /// The tick of the clock at which the next comment is due, modulo the interval.
    private(set) var commentTick = 0
    /// Its place among the streams of its event loop.
    var place = 0
    /// The number of the first batch that it has not got yet.
    var nextBatch: Int
    private(set) var isOver = false

    init(_ subscriber: EventSubscriber, nextBatch: Int) {
        self.subscriber = subscriber
        (isLimited, form) = (subscriber.isLimited, subscriber.form)
        self.nextBatch = nextBatch
        names = subscriber.names.map(Set.init)
    }

    /// Adds the current names that the requested ones lead to, and a batch from before the stream joined.
    func resolve(_ current: Set<String>, missed: PushBatch?) {
        names?.formUnion(current)
        if let missed { pending.insert(missed, at: 0) }
    }

    /// Sends everything that is pending, and all later events, on a connection.
    ///
    /// - Parameter finish: called once, when the stream is over.
    func attach(_ connection: ConnectionGuard?, tick: Int, finish: @escaping () -> Void) {
        guard !isOver, let connection, connection.beginStream() else { return finish() }
        self.connection = connection
        self.finish = finish
        commentTick = tick
        let batches = pending
        pending = []
        for batch in batches { deliver(BatchRendering(batch)) }
    }

    /// Ends the stream.
    func end() {
        isOver = true
        pending = []
        connection = nil
        let finish = self.finish
        self.finish = nil
        finish?()
    }

    /// Sends the events of a batch that are for the client.
    func deliver(_ rendering: BatchRendering) {
        guard !isOver else { return }
        if names == nil, !isLimited, !hasMissed, let connection {
            if let chunk = rendering.whole(form, { self.events(of: rendering.batch) }) { send(chunk, connection) }
            return
        }
        guard let connection else {
            if pending.count >= Self.maximumPending {
                hasMissed = true
                pending = []
            }
            return pending.append(rendering.batch)
        }
        let batch = rendering.batch
        guard hasMissed || isUncertain || mayConcern(batch) else { return }
        let events = events(of: batch)
        if !events.isEmpty { send(rendering.chunk(of: events, form), connection) }
    }

    /// Whether the stream may get an event of a batch, as far as that is quickly decided.
    private func mayConcern(_ batch: PushBatch) -> Bool {
        guard let names else { return true }
        return batch.steps.contains { step, _ in
            guard case .change(let change) = step else { return true }
            return change.concernsContextFeatures || !change.settings.isDisjoint(with: names)
        }
    }

    func sendComment() {
        if let connection { send(BatchRendering.comment, connection) }
    }

    private func send(_ chunk: ByteBuffer, _ connection: ConnectionGuard) {
        // A connection that cannot take the bytes closes, and the stream ends with it.
        if !connection.sendStreamed(chunk) { self.connection = nil }
    }

    private func events(of batch: PushBatch) -> [PushEvent] {
        let mayHaveMissed = hasMissed || isUncertain
        hasMissed = false
        let followed = followedNames(during: batch, mustResolve: mayHaveMissed)
        let contents: [(content: PushEvent.Content, id: String)]
        if mayHaveMissed || isUncertain {
            contents = batch.steps.suffix(1).map { (content: .reset, id: $0.id) }
        } else {
            contents = batch.steps.compactMap { step, id in content(of: step, followed).map { (content: $0, id: id) } }
        }
        return contents.map { PushEvent(content: $0.content, id: $0.id, time: batch.time) }
    }

    /// The names under which the batch may note changes of requested settings; `nil` for all. If a requested name may lead to another setting
    /// after the batch, it is resolved again.
    private func followedNames(during batch: PushBatch, mustResolve: Bool) -> Set<String>? {
        guard let former = names else {
            isUncertain = false
            return nil
        }
        let resolves =
            mustResolve
            || batch.steps.contains { step, _ in
                guard case .change(let change) = step else { return true }
                return change.concernsWholeSettings && !change.settings.isDisjoint(with: former)
            }
        guard resolves else { return former }
        if let snapshot = batch.snapshot {
            let requested = subscriber.names ?? []
            names = Set(requested).union(requested.compactMap { snapshot.currentName(of: $0) })
        }
        isUncertain = batch.snapshot == nil
        return names.map(former.union)
    }

    /// The event for the client; `nil` if the change does not concern it.
    private func content(of step: PushBatch.Step, _ followed: Set<String>?) -> PushEvent.Content? {
        guard case .change(let change) = step else { return .reset }
        let changed = subscriber.admitted(followed.map(change.settings.intersection) ?? change.settings)
        guard !changed.isEmpty || change.concernsContextFeatures else { return nil }
        let settings = changed.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return .change(settings: settings, contextFeatures: change.concernsContextFeatures)
    }
}

@available(*, unavailable)
extension OpenStream: Sendable {}
