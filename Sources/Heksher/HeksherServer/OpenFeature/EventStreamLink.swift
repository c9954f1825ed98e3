import HTTPGuard
import HeksherAPI

/// The address of the stream of events in the response to an evaluation of all flags.
struct EventStreamLink: Sendable, Hashable {
    private static let inactivityDelay = 120

    /// The path as clients see it, with a ticket if the service uses tokens.
    let uri: String

    /// - Parameters:
    ///   - token: the caller's; `nil` if the service uses no tokens.
    ///   - prefix: the path that clients see before the contract's paths.
    init(for token: AccessToken?, below prefix: PathPrefix) {
        let ticket = token.map { "?ticket=\(EventTicket(for: $0.digest).text)" } ?? ""
        uri = prefix.text + WatchFlags.path + ticket
    }

    /// The address for the request that this task handles.
    static var current: EventStreamLink { EventStreamLink(for: AccessControl.principal, below: PublicAddress.prefix) }

    var streams: [Schemas.FlagEventStream] {
        [
            Schemas.FlagEventStream(
                type: .sse, endpoint: Schemas.FlagEventEndpoint(requestUri: uri),
                inactivityDelaySec: Self.inactivityDelay)
        ]
    }

    /// The streams as JSON.
    var json: String {
        streams.map { String(decoding: $0.jsonBytes(), as: UTF8.self) }.joined(separator: ",")
    }
}
