import ContractRuntime
import HTTPGuard
import HeksherAPI
import HeksherCatalog
import HeksherStore
import NIOCore

/// Opens streams of events for the operations ``WatchSettings`` and ``WatchFlags``.
struct EventStreams: Sendable {
    /// The connection of the request that this task handles.
    @TaskLocal static var channel: (any Channel)?

    /// The largest number of changes with which a stream continues. A client that has missed more reads everything again with less work.
    private static let maximumMissed = 500

    let hub: EventHub
    let catalog: SettingsCatalog
    let store: Store

    enum Outcome {
        case opened(OpenedStream)
        case unknownSettings([String])
        /// For this reason, as a sentence.
        case unavailable(String)
    }

    /// - Parameters:
    ///   - names: names or aliases; `nil` for all settings.
    ///   - lastID: the ID of the last event that the client has received.
    /// - Throws: `PostgresError` if the database is unavailable.
    func open(_ names: [String]?, after lastID: String?, _ form: PushEvent.Form) async throws -> Outcome {
        guard let channel = Self.channel else { return .unavailable("events need a connection") }
        let joined: (subscription: EventSubscription, position: ChangePosition)
        do {
            joined = try await hub.join(names, token: AccessControl.principal, form: form, on: channel.eventLoop)
        } catch let refusal as EventHub.Refusal {
            return .unavailable(refusal.sentence)
        }
        // Read after the client has joined: a later renaming is one of the changes that it gets.
        let snapshot = try await catalog.current()
        switch try await currentNames(names ?? [], in: snapshot) {
        case .unknown(let names): return .unknownSettings(names)
        case .found(let current):
            let (missed, id) = try await missedChanges(after: lastID, before: joined.position, snapshot)
            joined.subscription.resolve(current, missed: missed)
            let ready = PushEvent(content: .ready, id: id, time: Int(Int64.now))
            return .opened(OpenedStream(ready: ready, subscription: joined.subscription, channel: channel))
        }
    }

    // MARK: Names

    private enum Names {
        case found(Set<String>)
        case unknown([String])
    }

    /// The current names of settings that the caller may see.
    private func currentNames(_ names: [String], in snapshot: Snapshot<QueryableSetting>?) async throws -> Names {
        guard let snapshot else {
            if names.isEmpty { return .found([]) }
            switch try await store.visibleSettings(names) {
            case .unknownSettings(let unknown): return .unknown(unknown)
            case .unreadableSetting(let setting): throw setting
            case .found(let settings, _, _): return .found(Set(settings.map(\.name)))
            }
        }
        var found: Set<String> = []
        var unknown: [String] = []
        for name in names {
            if SettingAccess.admits(name), let current = snapshot.currentName(of: name), SettingAccess.admits(current) {
                found.insert(current)
            } else {
                unknown.append(name)
            }
        }
        return unknown.isEmpty ? .found(found) : .unknown(unknown)
    }

    // MARK: Resumption

    /// The changes that a client has missed, and the ID of the event `ready`, with which the client would get them again.
    private func missedChanges(
        after lastID: String?, before position: ChangePosition, _ snapshot: Snapshot<QueryableSetting>?
    ) async throws -> (PushBatch?, id: String) {
        guard let lastID, !lastID.isEmpty else { return (nil, position.eventID) }
        guard let mark = ChangeMark(lastID) else {
            return (PushBatch(resetAt: position, snapshot), PushEvent.unknownID)
        }
        if mark == position.mark { return (nil, mark.description) }
        guard let changes = try await store.changes(since: mark, upTo: position), changes.count <= Self.maximumMissed
        else { return (PushBatch(resetAt: position, snapshot), mark.description) }
        return (changes.isEmpty ? nil : PushBatch(changes, snapshot), mark.description)
    }
}

/// A stream that is about to begin: its first event, and then those that the hub sends on the connection without this sequence.
struct OpenedStream: AsyncSequence, Sendable {
    let ready: PushEvent
    let subscription: EventSubscription
    let channel: any Channel

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let stream: OpenedStream
        private var isReady = false

        fileprivate init(_ stream: OpenedStream) { self.stream = stream }

        mutating func next() async -> PushEvent? {
            guard isReady else {
                isReady = true
                return stream.ready
            }
            // The first event is on its way, so that all others follow it.
            await stream.subscription.send(on: stream.channel)
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}

extension EventHub.Refusal {
    fileprivate var sentence: String {
        switch self {
        case .tooMany: "too many clients follow changes: try again shortly"
        case .stopping: "the service is stopping"
        case .blind: "the database does not report changes"
        }
    }
}

/// The operation of the tag "Push".
struct PushHandler: PushAPI {
    let streams: EventStreams

    func watchSettings(_ input: WatchSettings.Input) async throws -> WatchSettings.Output {
        switch try await streams.open(input.query.settings, after: input.headers.lastEventID, .settings) {
        case .opened(let stream):
            .ok(.events(EventStream(stream.map { $0.settingsEvent })), headers: .init(xAccelBuffering: "no"))
        case .unknownSettings(let names): .notFound(.plainText("the settings \(names.listText) do not exist"))
        case .unavailable(let sentence): .serviceUnavailable(.plainText(sentence), headers: .init(retryAfter: 1))
        }
    }
}
