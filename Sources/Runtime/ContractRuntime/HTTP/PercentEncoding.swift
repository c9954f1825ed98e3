/// Percent-encoding (RFC 3986 §2.1).
public enum PercentEncoding {
    /// Decodes a text. Invalid escapes stay as they are, and invalid UTF-8 becomes U+FFFD. Nothing has such a name, so
    /// a request with it finds nothing.
    ///
    /// - Parameter plusIsSpace: whether `+` stands for a space, as in queries (WHATWG URL §5.1).
    package static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String {
        let utf8 = text.utf8
        guard utf8.contains(where: { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var index = utf8.startIndex
        while index < utf8.endIndex {
            let byte = utf8[index]
            if byte == UInt8(ascii: "%"), let (escaped, after) = escape(in: utf8, at: index) {
                bytes.append(escaped)
                index = after
                continue
            }
            bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            index = utf8.index(after: index)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escape(
        in utf8: Substring.UTF8View, at percent: Substring.Index
    ) -> (byte: UInt8, after: Substring.Index)? {
        guard let first = utf8.index(percent, offsetBy: 1, limitedBy: utf8.endIndex), first < utf8.endIndex,
            let second = utf8.index(first, offsetBy: 1, limitedBy: utf8.endIndex), second < utf8.endIndex,
            let high = hexDigit(utf8[first]), let low = hexDigit(utf8[second])
        else { return nil }
        return (high << 4 | low, utf8.index(after: second))
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Encodes all characters except unreserved ones (RFC 3986 §2.3).
    public static func encode(_ text: String) -> String {
        encode(text) { $0.isUnreserved }
    }

    /// Encodes all characters except unreserved ones, and reserved ones that have no meaning in the values of queries
    /// (`allowReserved`, OpenAPI 3.1 §4.8.12.2.1).
    static func encodeUnreserved(_ text: String) -> String {
        // In a query, `&` ends a pair, `+` is a space, `#` ends the query, and brackets are not allowed.
        let kept = Set(":/?@!$'()*,;=".utf8)
        return encode(text) { $0.isUnreserved || kept.contains($0) }
    }

    private static func encode(_ text: String, keeping isKept: (UInt8) -> Bool) -> String {
        var encoded = ""
        for byte in text.utf8 {
            if isKept(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}

extension UInt8 {
    /// Whether it is an unreserved character of a URI (RFC 3986 §2.3).
    package var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
