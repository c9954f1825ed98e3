package import Logging
import Synchronization

/// The resources that all clients of the service use together.
package final class ServiceLoad: Sendable {
    /// Whether the service can accept a connection.
    enum ConnectionAdmission {
        case admitted
        case tooMany
        case tooManyFromAddress
    }

    /// The limits for each address; `nil` if none is set.
    let addresses: AddressLimits?
    /// Bodies that are being sent.
    package let bodies = SharedBodies()
    let service: GuardedService
    private let limits: ConnectionLimits
    private let logger: Logger
    private let connections = Atomic(0)
    private let requests = Atomic(0)
    private let bodyBytes = Atomic(0)
    private let unsentBytes = Atomic(0)
    private let idle = IdleConnections()
    private let warnings = RateLimiter(interval: .seconds(10))

    package init(
        _ limits: ConnectionLimits, _ logger: Logger, proxies: TrustedProxies = TrustedProxies(),
        service: GuardedService
    ) {
        self.service = service
        self.limits = limits
        self.logger = logger
        addresses = AddressLimits(limits, proxies)
    }

    /// Whether clients use no resources.
    var isNone: Bool {
        connections.load(ordering: .relaxed) == 0 && requests.load(ordering: .relaxed) == 0
            && bodyBytes.load(ordering: .relaxed) == 0 && unsentBytes.load(ordering: .relaxed) == 0
    }

    /// The number of requests in progress.
    package var requestCount: Int { requests.load(ordering: .relaxed) }

    /// Counts a new connection, and returns whether there is room for it, or an idle one will make room.
    ///
    /// - Parameter address: the address for which it counts, if any.
    func beginConnection(_ place: IdleConnections.Place, from address: IPAddress?) -> ConnectionAdmission {
        let count = connections.add(1, ordering: .relaxed).newValue
        let isWithinAddress = addresses?.addConnection(from: address) ?? true
        guard fits(count, limits.connections, .connections) || idle.leaveOne() else { return .tooMany }
        idle.add(place)
        if !isWithinAddress { warn(.connectionsPerAddress) }
        return isWithinAddress ? .admitted : .tooManyFromAddress
    }

    func endConnection(_ place: IdleConnections.Place, from address: IPAddress?) {
        connections.subtract(1, ordering: .relaxed)
        addresses?.removeConnection(from: address)
        idle.remove(place)
    }

    /// A connection that should make room has a request in progress. Another one may make room.
    func makeRoom() { _ = idle.leaveOne() }

    /// Counts a new request in progress, and returns whether it is within the limit.
    func beginRequest() -> Bool {
        let count = requests.add(1, ordering: .relaxed).newValue
        return fits(count, limits.requestsInFlight, .requestsInFlight)
    }

    /// - Parameter bodySize: the bytes that were counted for its body.
    func endRequest(bodySize: Int) {
        requests.subtract(1, ordering: .relaxed)
        removeBody(bodySize)
    }

    /// Counts bytes that a client has sent and that are not answered yet, and returns whether they are within the limit.
    func addBody(_ size: Int) -> Bool {
        let count = bodyBytes.add(size, ordering: .relaxed).newValue
        return fits(count, limits.bodySizeInFlight, .bodySizeInFlight)
    }

    func removeBody(_ size: Int) {
        if size > 0 { bodyBytes.subtract(size, ordering: .relaxed) }
    }

    // MARK: Bytes that wait to be sent

    /// Adds to the bytes of a connection that wait to be sent, or subtracts from them.
    func addUnsent(_ difference: Int) {
        if difference != 0 { unsentBytes.add(difference, ordering: .relaxed) }
    }

    /// Whether the bytes that wait to be sent exceed the limit.
    var isMemoryShort: Bool {
        !fits(unsentBytes.load(ordering: .relaxed), limits.unsentSize, .unsentSize)
    }

    /// Counts the bytes of a large body that is about to be sent, and returns whether they are within the limit. A single body may exceed
    /// the limit.
    func addLargeBody(_ size: Int) -> Bool {
        let count = unsentBytes.add(size, ordering: .relaxed).newValue
        if count - size <= limits.unsentSize / 2 || fits(count, limits.unsentSize, .unsentSize) {
            return true
        }
        unsentBytes.subtract(size, ordering: .relaxed)
        return false
    }

    /// A client has lost its connection, because it did not read its events.
    func hasDroppedStream() { warn(.streamUnsentSize) }

    private func fits(_ count: Int, _ limit: Int, _ name: ConnectionLimits.Limit) -> Bool {
        if count <= limit { return true }
        warn(name)
        return false
    }

    private func warn(_ limit: ConnectionLimits.Limit) {
        guard warnings.admitsNow() else { return }
        logger.warning("clients use more than a limit allows", metadata: ["limit": "\(service.limitName(limit))"])
    }
}
