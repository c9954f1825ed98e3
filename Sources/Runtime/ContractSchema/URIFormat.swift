/// The formats of URIs in RFC 3986.
enum URIFormat {
    /// A scheme, a colon, and the rest (§3).
    static func isURI(_ bytes: StringFormat.Bytes) -> Bool {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let first = bytes.first, first.isLetter,
            bytes[..<colon].allSatisfy({ $0.isLetter || $0.isDigit || "+-.".utf8.contains($0) })
        else { return false }
        return isRelative(bytes[(colon + 1)...])
    }

    /// A URI, or a relative path with or without a host (§4.1).
    static func isReference(_ bytes: StringFormat.Bytes) -> Bool {
        if isURI(bytes) { return true }
        // In a relative path, text before the first colon would be a scheme, so the first segment has no colon (§4.2).
        let segment = bytes.prefix { !"/?#".utf8.contains($0) }
        return !segment.contains(UInt8(ascii: ":")) && isRelative(bytes)
    }

    /// An optional `//authority`, then path, query and fragment.
    private static func isRelative(_ bytes: StringFormat.Bytes) -> Bool {
        var rest = bytes
        if let hash = rest.firstIndex(of: UInt8(ascii: "#")) {
            guard isMade(rest[(hash + 1)...], of: "/?:@") else { return false }
            rest = rest[..<hash]
        }
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            guard isMade(rest[(mark + 1)...], of: "/?:@") else { return false }
            rest = rest[..<mark]
        }
        if rest.starts(with: "//".utf8) {
            let authority = rest.dropFirst(2).prefix { $0 != UInt8(ascii: "/") }
            guard isAuthority(authority) else { return false }
            rest = rest.dropFirst(2 + authority.count)
        }
        return isMade(rest, of: "/:@")
    }

    /// `user@host:port` (§3.2)
    private static func isAuthority(_ bytes: StringFormat.Bytes) -> Bool {
        var host = bytes
        if let at = host.firstIndex(of: UInt8(ascii: "@")) {
            guard isMade(host[..<at], of: ":") else { return false }
            host = host[(at + 1)...]
        }
        if host.first == UInt8(ascii: "[") {
            guard let end = host.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = host[(host.startIndex + 1)..<end]
            guard HostFormat.isIPv6(address) || isFutureAddress(address) else { return false }
            let port = host[(end + 1)...]
            return port.isEmpty || (port.first == UInt8(ascii: ":") && port.dropFirst().allSatisfy(\.isDigit))
        }
        if let colon = host.lastIndex(of: UInt8(ascii: ":")) {
            guard host[(colon + 1)...].allSatisfy(\.isDigit) else { return false }
            host = host[..<colon]
        }
        return isMade(host, of: "")
    }

    /// `v1.anything` in brackets: an address of a future version of IP.
    private static func isFutureAddress(_ bytes: StringFormat.Bytes) -> Bool {
        let digits = bytes.dropFirst().prefix(while: \.isHexDigit)
        let rest = bytes.dropFirst(1 + digits.count)
        return bytes.first.map { $0 | 0x20 } == UInt8(ascii: "v") && !digits.isEmpty && rest.first == UInt8(ascii: ".")
            && rest.count > 1 && isMade(rest.dropFirst(), of: ":")
    }

    /// Whether the text contains only percent-encoded bytes, unreserved characters, sub-delimiters (§2) and some
    /// additional characters.
    private static func isMade(_ bytes: StringFormat.Bytes, of more: String) -> Bool {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, bytes[index + 1].isHexDigit, bytes[index + 2].isHexDigit else {
                    return false
                }
                index += 3
                continue
            }
            guard byte.isLetter || byte.isDigit || "-._~!$&'()*+,;=".utf8.contains(byte) || more.utf8.contains(byte)
            else { return false }
            index += 1
        }
        return true
    }
}
