public import Configuration
import Glibc
import HummingbirdCore
public import NIOCore

/// What one client may take of the service, and all of them together.
public struct ConnectionLimits: Sendable {
    /// `HEKSHER_MAX_BODY_BYTES`: how many bytes the body of a request may have.
    public var bodySize = 1 << 20
    /// `HEKSHER_MAX_CONNECTIONS`: how many connections there may be at a time.
    public var connections = 20_000
    /// `HEKSHER_MAX_REQUESTS_IN_FLIGHT`: how many requests may wait for their answer at a time.
    public var requestsInFlight = 10_000
    /// `HEKSHER_IDLE_SECONDS`: after how long a connection on which nothing is asked is closed.
    public var idleTime = TimeAmount.seconds(75)

    /// How many bodies of the greatest size there may be at a time.
    var bodiesInFlight = 256
    /// How many requests on one connection may wait for their answers.
    var pipelinedRequests = 1000
    /// How many bytes the target of a request may have: a query that names thousands of settings has its place.
    var targetSize = 128 << 10
    /// How many bytes the names and values of the header fields may have together.
    var fieldSize = 64 << 10
    /// How many header fields there may be.
    var fieldCount = 256
    /// How long a request's head may take to come, and its body.
    var arrivalTime = TimeAmount.seconds(10)
    /// How many bytes a second a body has to have that takes longer than ``arrivalTime``.
    var bodyRate = 64 << 10
    /// How long a client may take no byte of its answer.
    var stallTime = TimeAmount.seconds(30)
    /// How long a client is listened to that is told no more, so that it reads what it was told.
    var lingeringTime = TimeAmount.seconds(2)

    /// As they are if nothing else is asked for, and as this process may have them.
    public init() {
        connections = min(connections, Self.possibleConnections())
    }

    /// Reads the environment.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(_ environment: ConfigReader) throws(ConfigurationError) {
        self.init()
        if let size = try environment.integer("HEKSHER_MAX_BODY_BYTES", in: 1024...1 << 30) { bodySize = size }
        if let count = try environment.integer("HEKSHER_MAX_REQUESTS_IN_FLIGHT", in: 1...1_000_000) {
            requestsInFlight = count
        }
        if let seconds = try environment.integer("HEKSHER_IDLE_SECONDS", in: 1...86_400) {
            idleTime = .seconds(Int64(seconds))
        }
        let name = "HEKSHER_MAX_CONNECTIONS"
        if let count = try environment.integer(name, in: 1...1_000_000) {
            let possible = Self.possibleConnections()
            guard count <= possible else {
                throw ConfigurationError(
                    "\(name) is '\(count)': this process may have \(possible) connections at most, as 'ulimit -Hn' allows"
                )
            }
            connections = count
        }
    }

    /// How many connections there may be besides the other files that are open: those to the database, the log, and connections that
    /// are being refused.
    private static func possibleConnections() -> Int {
        let files = openFiles()
        return max(files - min(256, files / 2), 1)
    }

    /// How many files this process may have open, once it has asked for all that it may ask for.
    private static func openFiles() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var wanted = limit
            wanted.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted) == 0 { limit = wanted }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many bytes the bodies of all requests that are not answered yet may have together.
    var bodySizeInFlight: Int { bodySize * bodiesInFlight }

    /// Limits of what is parsed. They are above the others, so that who exceeds those a little is told which.
    var http: HTTP1Channel.Configuration {
        let size = targetSize + fieldSize
        return HTTP1Channel.Configuration(
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: size, maxHeaderListSize: size * 2, maxHeaderFieldCount: fieldCount + 1))
    }
}
