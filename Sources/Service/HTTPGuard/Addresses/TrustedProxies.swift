import NIOCore

/// The proxies whose `X-Forwarded-…` fields the service believes. It ignores these fields from any other peer.
public struct TrustedProxies: Sendable {
    /// Addresses that have their first bits in common.
    private struct Range: Sendable {
        let first: IPAddress
        let length: Int

        func contains(_ address: IPAddress) -> Bool { address.prefix(length) == first }
    }

    /// The maximum number of entries of `X-Forwarded-For` that are read, from the right.
    private static let maximumHops = 32

    private let ranges: [Range]
    private let trustsUnixSockets: Bool

    /// Trusts no proxy.
    public init() {
        ranges = []
        trustsUnixSockets = false
    }

    /// Parses addresses and CIDR ranges separated by commas or white space, such as `10.0.0.0/8, 2001:db8::/32, 192.0.2.1`. The word `unix`
    /// stands for peers that connect through a Unix socket.
    ///
    /// - Parameter option: the option's name, for errors.
    /// - Throws: ``ConfigurationError``.
    public init(parsing text: String, option: String) throws(ConfigurationError) {
        var ranges: [Range] = []
        var trustsUnixSockets = false
        for entry in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            if entry == "unix" {
                trustsUnixSockets = true
            } else {
                ranges.append(try Self.range(entry, option))
            }
        }
        self.ranges = ranges
        self.trustsUnixSockets = trustsUnixSockets
    }

    private static func range(_ entry: Substring, _ option: String) throws(ConfigurationError) -> Range {
        let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        // In IPv6 notation, an IPv4 address begins after 96 bits.
        guard let address = IPAddress(parts[0]), !parts[0].contains("%") else {
            throw ConfigurationError(
                "\(option) has '\(entry)': it takes addresses and CIDR ranges, as in 10.0.0.0/8,2001:db8::1"
            )
        }
        guard parts.count == 2 else { return Range(first: address, length: 128) }
        let isV4 = !parts[0].contains(":")
        let most = isV4 ? 32 : 128
        guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let length = Int(parts[1]), length <= most
        else {
            throw ConfigurationError(
                "\(option) has '\(entry)': the number behind '/' is from 0 to \(most) here")
        }
        let whole = length + 128 - most
        let first = address.prefix(whole)
        guard first == address else {
            throw ConfigurationError(
                "\(option) has '\(entry)': the range with this address is \(first)/\(length)")
        }
        return Range(first: first, length: whole)
    }

    /// Whether no proxy is trusted.
    public var isEmpty: Bool { ranges.isEmpty && !trustsUnixSockets }

    /// Whether the peer of a connection is a trusted proxy.
    ///
    /// - Parameter peer: `nil` for a peer that connects through a Unix socket.
    public func contains(_ peer: IPAddress?) -> Bool {
        guard let peer else { return trustsUnixSockets }
        return ranges.contains { $0.contains(peer) }
    }

    /// The address of the client of a request: the rightmost address of `X-Forwarded-For` that is not a trusted proxy's.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection; `nil` for a Unix socket.
    ///   - forwardedFor: the values of the fields `X-Forwarded-For`, in their order.
    /// - Returns: the peer itself if it is not trusted, or if there is no such field. If an entry is not an address, the proxy that added
    ///   it. If all entries are trusted proxies, the first of them.
    public func client(of peer: IPAddress?, forwardedFor: some BidirectionalCollection<String>) -> IPAddress? {
        guard contains(peer) else { return peer }
        var client = peer
        var hops = 0
        for field in forwardedFor.reversed() {
            var rest = field[...]
            while true {
                let comma = rest.utf8.lastIndex(of: UInt8(ascii: ","))
                let entry = comma.map { rest[rest.utf8.index(after: $0)...] } ?? rest
                hops += 1
                guard hops <= Self.maximumHops, let address = Self.address(entry) else { return client }
                client = address
                if !contains(address) { return client }
                guard let comma else { break }
                rest = rest[..<comma]
            }
        }
        return client
    }

    /// Parses an entry of `X-Forwarded-For`: an address, which some proxies write with a port (`192.0.2.1:4711`, `[2001:db8::1]:4711`).
    private static func address(_ entry: Substring) -> IPAddress? {
        // An address with a port and some white space is much shorter.
        guard entry.utf8.count <= 128 else { return nil }
        var text = entry.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        if text.first == "[" { return IPAddress(text.dropFirst().prefix { $0 != "]" }) }
        if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") { text = text[..<colon] }
        return IPAddress(text)
    }
}
