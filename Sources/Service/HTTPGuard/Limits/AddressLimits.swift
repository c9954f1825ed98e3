import NIOCore
import NIOHTTP1
import Synchronization

/// Limits on the connections and on the requests per second of one client address.
///
/// An IPv6 address counts as its network with 2^64 addresses, because a client usually has all of these.
final class AddressLimits: Sendable {
    private let proxies: TrustedProxies
    private let connections: (limit: Int, counts: ConnectionCounts)?
    private let requests: RequestRates?

    /// - Returns: `nil` if there are no such limits.
    init?(_ limits: ConnectionLimits, _ proxies: TrustedProxies) {
        guard limits.connectionsPerAddress != nil || limits.requestsPerSecondPerAddress != nil else { return nil }
        self.proxies = proxies
        connections = limits.connectionsPerAddress.map { ($0, ConnectionCounts()) }
        requests = limits.requestsPerSecondPerAddress.map { RequestRates(requestsPerSecond: $0) }
    }

    /// The address for which a connection counts; `nil` for connections of trusted proxies and on Unix sockets.
    func countedPeer(_ address: SocketAddress?) -> IPAddress? {
        guard connections != nil, let peer = address.flatMap({ IPAddress($0) }), !proxies.contains(peer) else {
            return nil
        }
        return peer.network
    }

    /// Counts a connection, and returns whether it is within the address's limit.
    ///
    /// - Parameter address: the result of ``countedPeer(_:)``.
    func addConnection(from address: IPAddress?) -> Bool {
        guard let connections, let address else { return true }
        return connections.counts.add(address) <= connections.limit
    }

    func removeConnection(from address: IPAddress?) {
        if let connections, let address { connections.counts.remove(address) }
    }

    /// Counts a request, and returns whether it is within the limit of the client's address.
    ///
    /// - Parameter peer: the other end of the connection.
    func admits(_ head: HTTPRequestHead, from peer: SocketAddress?) -> Bool {
        guard let requests else { return true }
        let peer = peer.flatMap { IPAddress($0) }
        let forwardedFor = proxies.contains(peer) ? head.headers["X-Forwarded-For"] : []
        guard let client = proxies.client(of: peer, forwardedFor: forwardedFor) else { return true }
        return requests.admits(client.network, at: .now())
    }
}

extension IPAddress {
    /// An IPv4 address itself, or the first 64 bits of an IPv6 address.
    fileprivate var network: IPAddress { isV4 ? self : prefix(64) }
}

/// The number of connections of each address. Only addresses with a connection have an entry.
private final class ConnectionCounts: Sendable {
    private let counts = Mutex<[IPAddress: Int]>([:])

    func add(_ address: IPAddress) -> Int {
        counts.withLock { counts in
            let count = counts[address, default: 0] + 1
            counts[address] = count
            return count
        }
    }

    func remove(_ address: IPAddress) {
        counts.withLock { counts in
            let count = counts[address, default: 0] - 1
            counts[address] = count > 0 ? count : nil
        }
    }
}
