/// The value of `Host`: a host, and possibly a port (RFC 9110 §7.2, RFC 3986 §3.2.2).
struct HostField: Hashable {
    /// In lower case, without a final dot; an IPv6 address with its brackets.
    let host: String
    let port: Int?

    /// - Parameter text: without white space around it.
    init?(_ text: some StringProtocol) {
        var rest = text[...]
        guard let end = Self.endOfHost(rest), end > rest.startIndex else { return nil }
        var host = rest[..<end].lowercased()
        rest = rest[end...]
        if rest.isEmpty {
            port = nil
        } else {
            guard rest.removeFirst() == ":",
                rest.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
            port = Int(rest)
            guard rest.isEmpty || port.map({ $0 <= 65535 }) == true else { return nil }
        }
        if host.utf8.count > 1, host.utf8.last == UInt8(ascii: ".") { host.removeLast() }
        self.host = host
    }

    /// - Returns: `nil` if the text does not begin with a host.
    private static func endOfHost<Text: StringProtocol>(_ text: Text) -> Text.Index? {
        guard text.utf8.first == UInt8(ascii: "[") else {
            let end = text.utf8.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
            return isName(text[..<end].utf8) ? end : nil
        }
        guard let bracket = text.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        let address = text[..<bracket].dropFirst()
        guard address.contains(":"), !address.contains("%"), IPAddress(address) != nil else { return nil }
        return text.utf8.index(after: bracket)
    }

    private static func isName(_ bytes: some Sequence<UInt8>) -> Bool {
        var digits = 0
        for byte in bytes {
            if digits > 0 {
                guard isHexDigit(byte) else { return false }
                digits -= 1
                continue
            }
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: "+"),
                UInt8(ascii: ";"), UInt8(ascii: "="):
                continue
            case UInt8(ascii: "%"): digits = 2
            default: return false
            }
        }
        return digits == 0
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// Whether the host is this machine, whatever DNS answers: a loopback address, or a name that browsers never resolve (RFC 6761 §6.3).
    var isLoopback: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") { return true }
        let isBracketed = host.hasPrefix("[")
        return IPAddress(isBracketed ? host.dropFirst().dropLast() : host[...])?.isLoopback == true
    }

    /// The port, or the default port of the scheme if none is given.
    func port(of scheme: some StringProtocol) -> Int? {
        port ?? ["http": 80, "https": 443][scheme.lowercased()]
    }
}
