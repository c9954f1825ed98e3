import HTTPGuard
import HeksherCatalog
import HeksherStore
import LibPQ
import NIOCore
import ServiceLifecycle
import Synchronization

/// Finds changes for the clients that follow them, and passes the changes on.
///
/// While at least one client follows, the hub reads the revision every 20 milliseconds, with the statement that queries share. Reading a
/// revision works behind any pooler, and shows changes of every origin once they are committed.
final class EventHub: Service, Sendable {
    /// The time between two readings of the revision.
    private static let interval = Duration.milliseconds(20)
    /// The same while the database does not respond.
    private static let intervalOfOutage = Duration.milliseconds(100)

    private struct State {
        var loops: [ObjectIdentifier: LoopStreams] = [:]
        var count = 0
        /// Distinguishes the times in which clients follow.
        var session = 0
        /// The position up to which changes have been passed on; `nil` before the first one of the session.
        var position: ChangePosition?
        var isEnding = false
    }

    /// The reason why a client cannot follow changes now.
    enum Refusal: Error {
        case tooMany
        case stopping
        /// The database does not report changes.
        case blind
    }

    private let feed: ChangeFeed<QueryableSetting>
    private let catalog: SettingsCatalog
    private let limits: ConnectionLimits
    private let state = Mutex(State())
    private let wakes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter feed: the feed of the catalog.
    init(_ feed: ChangeFeed<QueryableSetting>, _ catalog: SettingsCatalog, _ limits: ConnectionLimits) {
        self.feed = feed
        self.catalog = catalog
        self.limits = limits
    }

    /// The number of clients that follow changes.
    var count: Int { state.withLock(\.count) }

    // MARK: Clients

    /// Counts a client, and passes it all changes from the returned position on.
    ///
    /// - Throws: ``Refusal``; `PostgresError` if the database is unavailable.
    func join(
        _ names: [String]?, token: AccessToken?, form: PushEvent.Form, on eventLoop: any EventLoop
    ) async throws -> (subscription: EventSubscription, position: ChangePosition) {
        let subscriber = try EventSubscriber(names, token: token, form: form, onEnd: begin())
        for _ in 0..<2 {
            // The position must not be older than the request: otherwise a client that resumes would get IDs older than its own. The feed
            // reports its first position meanwhile.
            _ = try await catalog.current()
            if let joined = join(subscriber, on: eventLoop) { return joined }
        }
        throw state.withLock(\.isEnding) ? Refusal.stopping : Refusal.blind
    }

    /// - Returns: a function that ends the counting.
    private func begin() throws(Refusal) -> @Sendable () -> Void {
        let session = try state.withLock { state throws(Refusal) -> Int? in
            if state.isEnding { throw .stopping }
            if state.count >= limits.streams { throw .tooMany }
            state.count += 1
            guard state.count == 1 else { return nil }
            state.session += 1
            open(state.session)
            return state.session
        }
        if session != nil { wakes.continuation.yield() }
        return { [weak self] in self?.leave() }
    }

    private func leave() {
        state.withLock { state in
            state.count -= 1
            guard state.count == 0 else { return }
            state.position = nil
            feed.close()
        }
    }

    private func join(
        _ subscriber: EventSubscriber, on eventLoop: any EventLoop
    ) -> (EventSubscription, ChangePosition)? {
        let joined = state.withLock { state -> (loop: LoopStreams, position: ChangePosition, isNew: Bool)? in
            guard let position = state.position, !state.isEnding else { return nil }
            let id = ObjectIdentifier(eventLoop)
            let loop = state.loops[id] ?? LoopStreams(eventLoop, commentInterval: limits.commentInterval)
            state.loops[id] = loop
            return (loop, position, loop.enqueue(.join(subscriber)))
        }
        guard let (loop, position, isNew) = joined else { return nil }
        if isNew { loop.schedule() }
        return (EventSubscription(subscriber, loop), position)
    }

    // MARK: Changes

    private func open(_ session: Int) {
        feed.open { [weak self] report, snapshot in self?.receive(report, snapshot, session) }
    }

    private func receive(
        _ report: ChangeFeed<QueryableSetting>.Report, _ snapshot: Snapshot<QueryableSetting>?, _ session: Int
    ) {
        let loops = state.withLock { state -> [LoopStreams] in
            guard state.session == session, state.count > 0 else { return [] }
            let batch: PushBatch
            switch report {
            case .begin(let position):
                state.position = position
                return []
            case .changes(let changes):
                state.position = changes.last?.position ?? state.position
                batch = PushBatch(changes, snapshot)
            case .reset(let position):
                state.position = position
                batch = PushBatch(resetAt: position, snapshot)
            }
            return state.loops.values.filter { $0.enqueue(.batch(batch)) }
        }
        for loop in loops { loop.schedule() }
    }

    /// Reads the revision regularly while clients follow changes.
    func run() async {
        await cancelWhenGracefulShutdown { [self] in
            for await _ in wakes.stream {
                while count > 0, !Task.isCancelled {
                    var interval = Self.interval
                    do { _ = try await catalog.current() } catch { interval = Self.intervalOfOutage }
                    try? await Task.sleep(for: interval)
                }
            }
        }
    }

    /// Ends the streams of tokens that are no longer valid.
    func review(_ isValid: @escaping @Sendable (AccessToken) -> Bool) {
        for loop in state.withLock({ Array($0.loops.values) }) { loop.submit(.review(isValid)) }
    }

    /// Ends all streams, so that the service can stop. Their clients can follow another instance.
    func end() {
        let loops = state.withLock { state in
            state.isEnding = true
            return Array(state.loops.values)
        }
        for loop in loops { loop.submit(.end) }
    }
}

/// A client's part in the changes. When nothing refers to it any longer, the client has left.
final class EventSubscription: Sendable {
    private let subscriber: EventSubscriber
    private let loop: LoopStreams

    init(_ subscriber: EventSubscriber, _ loop: LoopStreams) {
        self.subscriber = subscriber
        self.loop = loop
    }

    deinit { loop.submit(.leave(subscriber)) }

    /// Tells which settings the requested names lead to.
    ///
    /// - Parameter missed: changes from before the client joined, which it gets first.
    func resolve(_ names: Set<String>, missed: PushBatch?) {
        loop.submit(.resolve(subscriber, names, missed: missed))
    }

    /// Sends the events on a connection whose response has begun, until the stream is over.
    func send(on channel: any Channel) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { loop.submit(.attach(subscriber, channel, $0)) }
        } onCancel: {
            loop.submit(.leave(subscriber))
        }
    }
}
