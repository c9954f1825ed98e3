import ContractPattern

/// The formats of strings that are checked. All other formats are annotations.
public enum StringFormat: String, Sendable, Hashable, CaseIterable {
    case dateTime = "date-time"
    case date
    case time
    case duration
    case uuid
    case byte
    case uri
    case uriReference = "uri-reference"
    case email
    case hostname
    case ipv4
    case ipv6
    case regex

    /// A description of texts in the format, with an article: `a date and time (RFC 3339), like 2026-01-31T12:00:00Z`.
    public var description: String {
        switch self {
        case .dateTime: "a date and time (RFC 3339), like 2026-01-31T12:00:00Z"
        case .date: "a date (RFC 3339), like 2026-01-31"
        case .time: "a time with an offset (RFC 3339), like 12:00:00Z"
        case .duration: "a duration (ISO 8601), like P1DT12H"
        case .uuid: "a UUID"
        case .byte: "text in base64 (RFC 4648)"
        case .uri: "a URI (RFC 3986)"
        case .uriReference: "a URI or a reference relative to one (RFC 3986)"
        case .email: "an e-mail address (RFC 5321)"
        case .hostname: "a host name (RFC 1123)"
        case .ipv4: "an IPv4 address"
        case .ipv6: "an IPv6 address (RFC 4291)"
        case .regex: "a regular expression (ECMA-262)"
        }
    }

    /// Whether a text has the format.
    public func admits(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            let bytes = bytes[...]
            return switch self {
            case .dateTime: DateTimeFormat.isDateTime(bytes)
            case .date: DateTimeFormat.isDate(bytes)
            case .time: DateTimeFormat.isTime(bytes)
            case .duration: DateTimeFormat.isDuration(bytes)
            case .uuid: Self.isUUID(bytes)
            case .byte: Self.isBase64(bytes)
            case .uri: URIFormat.isURI(bytes)
            case .uriReference: URIFormat.isReference(bytes)
            case .email: HostFormat.isEmail(bytes)
            case .hostname: HostFormat.isHostname(bytes)
            case .ipv4: HostFormat.isIPv4(bytes)
            case .ipv6: HostFormat.isIPv6(bytes)
            case .regex: Self.isRegularExpression(String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    /// A part of a text in UTF-8.
    typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    /// 8-4-4-4-12 hexadecimal digits (RFC 9562 §4).
    private static func isUUID(_ bytes: Bytes) -> Bool {
        guard bytes.count == 36 else { return false }
        return bytes.indices.allSatisfy { index in
            switch index - bytes.startIndex {
            case 8, 13, 18, 23: bytes[index] == UInt8(ascii: "-")
            default: bytes[index].isHexDigit
            }
        }
    }

    /// Groups of four characters, of which the last is padded with `=` (RFC 4648 §4).
    private static func isBase64(_ bytes: Bytes) -> Bool {
        guard bytes.count.isMultiple(of: 4) else { return false }
        var digits = bytes
        for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits = digits.dropLast() }
        return digits.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }
    }

    /// A valid regular expression counts even if `pattern` does not support it.
    private static func isRegularExpression(_ text: String) -> Bool {
        do {
            _ = try ECMAPattern(text, isStrict: true)
            return true
        } catch {
            return error.message.hasSuffix("not supported")
        }
    }
}

extension UInt8 {
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
    var isHexDigit: Bool { isDigit || (self | 0x20) &- UInt8(ascii: "a") < 6 }
    var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }
}
