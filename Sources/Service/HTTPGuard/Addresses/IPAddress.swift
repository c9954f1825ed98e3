package import NIOCore

/// An IPv4 or IPv6 address. IPv4 addresses are stored as the corresponding IPv6 addresses (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2), so that
/// both forms of one address are equal.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address as a number: its higher 64 bits.
    let high: UInt64
    let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0`; the zone is ignored.
    public init?(_ text: some StringProtocol) {
        // No address is longer, but a field from a client can be.
        guard text.utf8.count <= 64 else { return nil }
        let text = String(text.prefix { $0 != "%" })
        // The system's function stops at a zero byte.
        guard !text.utf8.contains(0), let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        self.init(address)
    }

    /// - Returns: `nil` for the address of a Unix socket.
    package init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address):
            let number = UInt32(bigEndian: address.address.sin_addr.s_addr)
            self.init(high: 0, low: 0xffff << 32 | UInt64(number))
        case .v6(let address):
            self = withUnsafeBytes(of: address.address.sin6_addr) { bytes in
                IPAddress(
                    high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                    low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
            }
        case .unixDomainSocket: return nil
        }
    }

    /// Whether it is an IPv4 address, in either form.
    var isV4: Bool { high == 0 && low >> 32 == 0xffff }

    /// The first bits of the address; the others are zero.
    ///
    /// - Parameter length: the number of bits to keep, of 128. For `n` bits of an IPv4 address, it is 96 + n.
    func prefix(_ length: Int) -> IPAddress {
        IPAddress(
            high: length >= 64 ? high : high & ~(.max >> UInt64(length)),
            low: length >= 128 ? low : length <= 64 ? 0 : low & ~(.max >> UInt64(length - 64)))
    }

    /// The address as text. An IPv4 address has its four numbers in both forms; an IPv6 address is in the canonical
    /// form of RFC 5952.
    public var description: String {
        if isV4 {
            return stride(from: 24, through: 0, by: -8).map { "\(low >> UInt64($0) & 255)" }.joined(separator: ".")
        }
        let groups = [high, low].flatMap { half in
            stride(from: 48, through: 0, by: -16).map { half >> UInt64($0) & 0xffff }
        }
        // The longest run of zeros is written as two colons (RFC 5952).
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(longest.count, 1) { longest = start..<index }
            start = index + 1
        }
        let texts = groups.map { String($0, radix: 16) }
        if longest.isEmpty { return texts.joined(separator: ":") }
        return texts[..<longest.lowerBound].joined(separator: ":") + "::"
            + texts[longest.upperBound...].joined(separator: ":")
    }
}
