/// The formats of host names, of IP addresses, and of texts that contain them.
enum HostFormat {
    /// Labels of letters, digits and hyphens, which neither begin nor end with a hyphen (RFC 1123 §2.1).
    static func isHostname(_ bytes: StringFormat.Bytes) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 253 else { return false }
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.first, let last = label.last, label.count <= 63 else { return false }
            return first != UInt8(ascii: "-") && last != UInt8(ascii: "-")
                && label.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") }
        }
    }

    /// Four numbers up to 255, without leading zeros.
    static func isIPv4(_ bytes: StringFormat.Bytes) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy(\.isDigit)
                    && (part.count == 1 || part.first != UInt8(ascii: "0"))
                    && part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 255
            }
    }

    /// Eight groups of hexadecimal digits. `::` can replace one run of zeros, and an IPv4 address the last two groups
    /// (RFC 4291 §2.2).
    static func isIPv6(_ bytes: StringFormat.Bytes) -> Bool {
        let colon = UInt8(ascii: ":")
        var gap: StringFormat.Bytes.Index?
        for index in bytes.indices.dropLast() where bytes[index] == colon && bytes[index + 1] == colon {
            guard gap == nil else { return false }
            gap = index
        }
        guard let gap else { return groups(bytes, mayEndInIPv4: true) == 8 }
        let (before, after) = (bytes[..<gap], bytes[(gap + 2)...])
        guard let left = before.isEmpty ? 0 : groups(before, mayEndInIPv4: false),
            let right = after.isEmpty ? 0 : groups(after, mayEndInIPv4: true)
        else { return false }
        return left + right <= 7
    }

    /// The number of groups of 16 bits; `nil` if one is malformed.
    private static func groups(_ bytes: StringFormat.Bytes, mayEndInIPv4: Bool) -> Int? {
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var count = 0
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard isIPv4(part) else { return nil }
                count += 2
            } else {
                guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit) else { return nil }
                count += 1
            }
        }
        return count
    }

    /// `Mailbox` of RFC 5321 §4.1.2, in ASCII: words joined by dots or a quoted text, then `@`, then a host name or an
    /// address in brackets.
    static func isEmail(_ bytes: StringFormat.Bytes) -> Bool {
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return false }
        let (local, domain) = (bytes[..<at], bytes[(at + 1)...])
        guard (1...64).contains(local.count) else { return false }
        return isLocalPart(local) && (isHostname(domain) || isAddressLiteral(domain))
    }

    private static func isLocalPart(_ bytes: StringFormat.Bytes) -> Bool {
        let quote = UInt8(ascii: "\"")
        if bytes.first == quote {
            guard bytes.count > 2, bytes.last == quote else { return false }
            var isEscaped = false
            for byte in bytes.dropFirst().dropLast() {
                guard (0x20...0x7E).contains(byte), isEscaped || byte != quote else { return false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            }
            return !isEscaped
        }
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { word in
            !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
        }
    }

    private static func isAddressLiteral(_ bytes: StringFormat.Bytes) -> Bool {
        guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return false }
        let address = bytes.dropFirst().dropLast()
        let prefix = "IPv6:"
        return address.starts(with: prefix.utf8) ? isIPv6(address.dropFirst(prefix.utf8.count)) : isIPv4(address)
    }
}
