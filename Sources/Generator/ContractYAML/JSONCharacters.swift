/// Characters that JSON and YAML write in different ways.
///
/// JSON writes a character beyond the Basic Multilingual Plane as a pair of escapes, such as `\ud83d\ude00` (RFC 8259, §7). YAML has no such
/// pairs. JSON's strings can contain all characters from U+0020 on. In YAML, some of them are line breaks, and some are not allowed
/// (YAML 1.1, §5.1 and §5.4).
enum JSONCharacters {
    /// A JSON text with each pair replaced by its character, and with an escape for each character that YAML does not admit in strings; `nil`
    /// if it is the same, or if the text is not JSON. Columns after an escape are those of the returned text.
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
            case 0x7F where isInString, 0xC2 where isInString, 0xE2 where isInString, 0xEF where isInString:
                if let (number, size) = unsafeCharacter(in: text, at: index) {
                    result += text[copied..<index]
                    result += Array("\\u\(String(number, radix: 16).leftPadded)".utf8)
                    index += size
                    copied = index
                    continue
                }
            // JSON has neither single quotes nor comments, so this is YAML, where strings follow other rules.
            case UInt8(ascii: "'") where !isInString, UInt8(ascii: "#") where !isInString: return nil
            default: break
            }
            index += 1
        }
        return copied == 0 ? nil : result + text[copied...]
    }

    /// The number and the size of a character that YAML does not admit in strings; `nil` if the character at the index is another one.
    private static func unsafeCharacter(in text: [UInt8], at index: Int) -> (number: UInt32, size: Int)? {
        func byte(_ offset: Int) -> UInt8 { index + offset < text.count ? text[index + offset] : 0 }
        switch (text[index], byte(1), byte(2)) {
        case (0x7F, _, _): return (0x7F, 1)
        case (0xC2, 0x80...0x9F, _): return (UInt32(byte(1)), 2)
        case (0xE2, 0x80, 0xA8...0xA9): return (0x2000 + UInt32(byte(2) & 0x3F), 3)
        case (0xEF, 0xBF, 0xBE...0xBF): return (0xFFC0 + UInt32(byte(2) & 0x3F), 3)
        default: return nil
        }
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

extension String {
    /// The digits with leading zeros, four in all.
    fileprivate var leftPadded: String { String(repeating: "0", count: max(0, 4 - count)) + self }
}
