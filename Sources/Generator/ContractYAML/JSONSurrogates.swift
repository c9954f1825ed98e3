/// JSON writes a character beyond the Basic Multilingual Plane as a pair of escapes, such as `\ud83d\ude00` (RFC 8259,
/// §7). YAML has no such pairs.
enum JSONSurrogates {
    /// A JSON text with each pair replaced by its character; `nil` if there are no pairs, or the text is not JSON.
    static func replaced(in text: [UInt8]) -> [UInt8]? {
        guard let first = text.first(where: { !isSpace($0) }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return nil }
        var result: [UInt8] = []
        var copied = 0
        var isInString = false
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""): isInString.toggle()
            case UInt8(ascii: "\\") where isInString:
                if let scalar = pair(in: text, at: index) {
                    result += text[copied..<index]
                    result += Array(String(scalar).utf8)
                    index += 12
                    copied = index
                    continue
                }
                // The next byte belongs to the string, even if it is a quote.
                index += 1
            // JSON has neither single quotes nor comments, so this is YAML, where strings follow other rules.
            case UInt8(ascii: "'") where !isInString, UInt8(ascii: "#") where !isInString: return nil
            default: break
            }
            index += 1
        }
        return copied == 0 ? nil : result + text[copied...]
    }

    /// The character of the pair of escapes at an index; `nil` if there is no pair.
    private static func pair(in text: [UInt8], at index: Int) -> Unicode.Scalar? {
        guard let high = escape(in: text, at: index), (0xD800..<0xDC00).contains(high),
            let low = escape(in: text, at: index + 6), (0xDC00..<0xE000).contains(low)
        else { return nil }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    }

    /// The number in `\uXXXX`.
    private static func escape(in text: [UInt8], at index: Int) -> UInt32? {
        guard index + 6 <= text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        let digits = text[(index + 2)..<(index + 6)]
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
