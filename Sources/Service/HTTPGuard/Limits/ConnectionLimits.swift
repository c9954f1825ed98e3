package import HummingbirdCore
public import NIOCore
import PosixSupport

/// Limits on what one client can use, and on what all clients together can use.
public struct ConnectionLimits: Sendable {
    /// The limits that the log names when clients exceed them.
    package enum Limit: Sendable {
        case connections
        case connectionsPerAddress
        case requestsInFlight
        case bodySizeInFlight
        case unsentSize
        case streamUnsentSize
    }

    /// The maximum size of a request's body.
    public var bodySize = 1 << 20
    /// The maximum number of connections at a time.
    public var connections = Self.usualConnections
    /// The maximum number of requests that wait for their responses at a time.
    public var requestsInFlight = 10_000
    /// The time after which an idle connection is closed.
    public var idleTime = TimeAmount.seconds(75)
    /// The maximum number of connections of one client address at a time; `nil` without a limit.
    public var connectionsPerAddress: Int?
    /// The maximum number of requests per second of one client address; `nil` without a
    /// limit.
    public var requestsPerSecondPerAddress: Int?
    /// The maximum number of bytes of responses that wait to be sent on all connections.
    public var unsentSize = 128 << 20

    /// The maximum number of streams of events at a time.
    public var streams = 10_000

    /// The time between two comments on a stream of events.
    package var commentInterval = TimeAmount.seconds(15)
    /// The number of bodies of the maximum size that all requests together may have.
    var bodiesInFlight = 256
    /// The maximum size of the target of a request: enough for thousands of names.
    var targetSize = 128 << 10
    /// The maximum total size of the names and values of the header fields.
    var fieldSize = 64 << 10
    /// The maximum number of header fields.
    var fieldCount = 256
    /// The time in which a request's head must arrive, and then its body.
    package var arrivalTime = TimeAmount.seconds(10)
    /// The bytes per second that a body must have if it takes longer than ``arrivalTime``.
    var bodyRate = 64 << 10
    /// The bytes of its responses that a client must read per second while some wait to be sent to it.
    var sendingRate = 16 << 10
    /// The time by which a client may fall behind ``sendingRate``: it may read nothing for this long.
    var sendingGrace = TimeAmount.seconds(15)
    /// The same while more than ``unsentSize`` bytes wait to be sent.
    var shortSendingGrace = TimeAmount.seconds(2)
    /// The interval at which the client's reading is checked.
    var sendingInterval = TimeAmount.seconds(1)
    /// The time in which a connection beyond ``connectionsPerAddress`` must send the head of a request.
    var excessTime = TimeAmount.seconds(1)
    /// The time for which the connection is read after the last response, so that the client receives it.
    var lingeringTime = TimeAmount.seconds(2)

    /// The maximum number of connections where the system allows it.
    package static let usualConnections = 20_000

    /// The defaults, as far as the system allows them to this process.
    public init() {
        connections = min(connections, Self.possibleConnections())
    }

    /// The possible number of connections in addition to the other open files: connections to the database, the log, and connections that
    /// are being refused.
    package static func possibleConnections() -> Int {
        let files = ProcessLimits.raiseOpenFiles()
        return max(files - min(256, files / 2), 1)
    }

    /// The maximum total size of the bodies of all unanswered requests.
    var bodySizeInFlight: Int { bodySize * bodiesInFlight }

    /// Limits of the parser. They are higher than the others, so that a request slightly beyond those gets a response that names the limit.
    package var http: HTTP1Channel.Configuration {
        let size = targetSize + fieldSize
        return HTTP1Channel.Configuration(
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: size, maxHeaderListSize: size * 2, maxHeaderFieldCount: fieldCount + 1))
    }
}
