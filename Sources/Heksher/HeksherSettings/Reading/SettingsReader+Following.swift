import ContractRuntime
import HeksherAPI
import HeksherClient
import Synchronization

// A reader that runs follows the service's stream of changes, if there is one.

/// The times after which a reader gives up a stream of changes.
struct FollowingTimes: Sendable {
    /// A stream must begin within this time. A proxy that collects a response before it passes it on would make the reader wait forever.
    var beginning = Duration.seconds(10)
    /// A stream that is silent for this long has lost its connection: the service sends a comment every 15 seconds.
    var silence = Duration.seconds(45)
    /// The time before the next attempt if the service has no stream: an older release, another server, or a proxy that collects responses.
    var absence = Duration.seconds(300)
}

extension SettingsReader {
    /// Refreshes the settings after each change that the service reports, until the task is cancelled. While there is no stream, ``run()``
    /// refreshes at its interval.
    func follow() async {
        var failures = 0
        while !Task.isCancelled {
            let (end, hasBegun) = await followOnce()
            isFollowing = false
            if hasBegun { failures = 0 }
            let wait: Duration
            switch end {
            case .settingsDiffer: wait = .zero
            case .absent(let reason):
                logger.debug("the service has no stream of changes", metadata: ["reason": "\(reason)"])
                wait = times.absence
            case .lost(let reason):
                failures += 1
                logger.debug("the stream of changes has ended", metadata: ["reason": "\(reason)"])
                // If the service is unavailable, the log should say so now and not at the next refresh.
                if hasBegun { _ = try? await refresh() }
                wait = Self.wait(refreshInterval, afterFailures: failures)
            }
            // Programs that have lost a service together should not connect again together.
            if wait > .zero { try? await Task.sleep(for: wait * Double.random(in: 0.5...1.1)) }
        }
    }

    /// Follows one stream until it ends.
    private func followOnce() async -> (end: FollowingEnd, hasBegun: Bool) {
        let names = followedNames
        let activity = StreamActivity(limit: times.beginning)
        let client = Client(ActiveTransport(base: transport, activity: activity), credentials: credentials)
        let stream: EventStream<Schemas.SettingsEvent>
        do throws(FollowingEnd) {
            stream = try await Self.open(client, names)
        } catch {
            return (error, false)
        }
        let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let silence = times.silence
        let end = await withTaskGroup(of: FollowingEnd.self) { group in
            group.addTask {
                do {
                    for try await event in stream {
                        if event.name == "ready" { activity.begin(limit: silence) }
                        change.yield()
                    }
                    return .lost("it ended")
                } catch {
                    return .lost("\(error)")
                }
            }
            group.addTask { await activity.isOver() }
            // Changes that arrive during a refresh lead to one more.
            group.addTask { await self.refreshAfter(changes, following: names) }
            let end = await group.next() ?? .lost("it ended")
            group.cancelAll()
            return end
        }
        return (end, activity.hasBegun)
    }

    private static func open(
        _ client: Client, _ names: [String]?
    ) async throws(FollowingEnd) -> EventStream<Schemas.SettingsEvent> {
        do {
            switch try await client.watchSettings(settings: names) {
            case .ok(.events(let events), _): return events
            // A setting has been deleted. The next refresh declares it again.
            case .notFound: throw FollowingEnd.lost("a setting does not exist")
            case .serviceUnavailable(.plainText(let sentence), _): throw FollowingEnd.lost(sentence)
            case .tooManyRequests: throw FollowingEnd.lost("too many requests")
            case .unauthorized, .forbidden, .unprocessableContent: throw FollowingEnd.absent("the service refuses it")
            }
        } catch let end as FollowingEnd {
            throw end
        } catch let error as ClientError {
            // An older release answers 404, and another server whatever it likes.
            throw error.response == nil ? FollowingEnd.lost("\(error)") : FollowingEnd.absent("\(error)")
        } catch {
            throw FollowingEnd.lost("\(error)")
        }
    }

    /// Refreshes the settings after each change.
    private func refreshAfter(_ changes: AsyncStream<Void>, following names: [String]?) async -> FollowingEnd {
        for await _ in changes {
            do {
                try await refresh()
            } catch is DeclarationError {
                // The others have been refreshed.
            } catch {
                return .lost("\(error)")
            }
            isFollowing = true
            if followedNames != names { return .settingsDiffer }
        }
        return .lost("it ended")
    }
}

/// The reason why a reader no longer follows a stream.
enum FollowingEnd: Error {
    /// The reader has declared other settings since.
    case settingsDiffer
    case lost(String)
    /// The service has no stream that reaches the reader.
    case absent(String)
}

/// The time of the last bytes of a stream.
final class StreamActivity: Sendable {
    private struct State {
        var last = ContinuousClock.now
        var limit: Duration
        var hasBegun = false
    }

    private let state: Mutex<State>

    init(limit: Duration) { state = Mutex(State(limit: limit)) }

    var hasBegun: Bool { state.withLock(\.hasBegun) }

    func begin(limit: Duration) {
        state.withLock { state in
            state.limit = limit
            state.hasBegun = true
        }
    }

    func noteBytes() { state.withLock { $0.last = .now } }

    /// Waits until the stream has been silent for too long, or the task is cancelled.
    func isOver() async -> FollowingEnd {
        while true {
            let (rest, hasBegun) = state.withLock { ($0.last + $0.limit - .now, $0.hasBegun) }
            guard rest > .zero else {
                return hasBegun ? .lost("nothing has arrived for too long") : .absent("nothing arrives")
            }
            do { try await Task.sleep(for: rest) } catch { return .lost("cancelled") }
        }
    }
}

/// Notes when bytes of a stream arrive, also those of comments, which the stream itself does not show.
private struct ActiveTransport: ClientTransport {
    let base: any ClientTransport
    let activity: StreamActivity

    var address: String? { base.address }

    func send(_ request: APIRequest) async throws -> APIResponse {
        var response = try await base.send(request)
        if let stream = response.stream {
            let activity = activity
            response.stream = ByteStream(
                stream.map { bytes in
                    activity.noteBytes()
                    return bytes
                }, contentType: stream.contentType)
        }
        return response
    }
}
