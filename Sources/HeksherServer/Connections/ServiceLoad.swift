import Logging
import Synchronization

/// How much the clients of the service take of it together.
final class ServiceLoad: Sendable {
    private let limits: ConnectionLimits
    private let logger: Logger
    private let connections = Atomic(0)
    private let requests = Atomic(0)
    private let bodyBytes = Atomic(0)
    private let idle = IdleConnections()
    private let warnings = Pace(interval: .seconds(10))

    init(_ limits: ConnectionLimits, _ logger: Logger) {
        self.limits = limits
        self.logger = logger
    }

    /// Whether clients take nothing of it.
    var isNone: Bool {
        connections.load(ordering: .relaxed) == 0 && requests.load(ordering: .relaxed) == 0
            && bodyBytes.load(ordering: .relaxed) == 0
    }

    /// Counts one more connection, and says whether there is room for it, or somebody idle makes some.
    func beginConnection(_ place: IdleConnections.Place) -> Bool {
        let count = connections.add(1, ordering: .relaxed).newValue
        let hasRoom = fits(count, limits.connections, "HEKSHER_MAX_CONNECTIONS") || idle.leaveOne()
        if hasRoom { idle.add(place) }
        return hasRoom
    }

    func endConnection(_ place: IdleConnections.Place) {
        connections.subtract(1, ordering: .relaxed)
        idle.remove(place)
    }

    /// Somebody who was to make room has something under way; somebody else may.
    func makeRoom() { _ = idle.leaveOne() }

    /// Counts one more request in flight, and says whether it can be answered.
    func beginRequest() -> Bool {
        let count = requests.add(1, ordering: .relaxed).newValue
        return fits(count, limits.requestsInFlight, "HEKSHER_MAX_REQUESTS_IN_FLIGHT")
    }

    /// - Parameter bodySize: what was added for it.
    func endRequest(bodySize: Int) {
        requests.subtract(1, ordering: .relaxed)
        if bodySize > 0 { bodyBytes.subtract(bodySize, ordering: .relaxed) }
    }

    /// Counts bytes of a body, and says whether there is memory for them.
    func addBody(_ size: Int) -> Bool {
        let count = bodyBytes.add(size, ordering: .relaxed).newValue
        return fits(count, limits.bodySizeInFlight, "256 times HEKSHER_MAX_BODY_BYTES")
    }

    private func fits(_ count: Int, _ limit: Int, _ name: String) -> Bool {
        if count <= limit { return true }
        if warnings.isDue() {
            logger.warning("clients ask for more than the service may take on", metadata: ["limit": "\(name)"])
        }
        return false
    }
}
