// Numbers and strings, byte by byte.

extension JSONReader {
    /// Consumes a number (RFC 8259 §6).
    mutating func scanNumber() throws(JSONError) {
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") {
            position += 1
        } else {
            try scanDigits()
        }
        if next == UInt8(ascii: ".") {
            position += 1
            try scanDigits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try scanDigits()
        }
    }

    private mutating func scanDigits() throws(JSONError) {
        let start = position
        while position < end, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        if position == start { throw error("expecting a digit", at: position) }
    }

    /// Consumes a string (RFC 8259 §7), and returns the range of its text between the quotes.
    mutating func scanString() throws(JSONError) -> (range: Range<Int>, hasEscapes: Bool) {
        guard next == UInt8(ascii: "\"") else { throw error("expecting a string", at: position) }
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            skipPlainText()
            guard position < end else { break }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return (start..<position - 1, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try scanEscape()
            case 0..<0x20:
                throw error("a control character must be escaped", at: position)
            case 0x80...:
                guard let length = UTF8Sequence.length(in: bytes, at: position, end: end) else {
                    throw error("invalid UTF-8", at: position)
                }
                position += length
            default:
                position += 1
            }
        }
        throw error("a string without an end", at: start - 1)
    }

    /// Skips to the next byte that is a quote, a backslash, a control character or not ASCII: eight bytes at a time, while there are that
    /// many.
    private mutating func skipPlainText() {
        let end = end
        position = bytes.withUnsafeBytes { text in
            var index = position
            while index + 8 <= end {
                let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let quotes = word ^ Self.eachByte(UInt8(ascii: "\""))
                let backslashes = word ^ Self.eachByte(UInt8(ascii: "\\"))
                // If a byte is less, and its high bit was not set before, the high bit is set in the difference (H. S. Warren, "Hacker's
                // Delight", §6-1). Borrows can only change the bits after the first match.
                let ends =
                    (quotes &- Self.eachByte(1)) & ~quotes | (backslashes &- Self.eachByte(1)) & ~backslashes
                    | (word &- Self.eachByte(0x20)) & ~word | word
                let found = ends & Self.eachByte(0x80)
                guard found == 0 else { return index + found.trailingZeroBitCount / 8 }
                index += 8
            }
            return index
        }
    }

    private static func eachByte(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    private mutating func scanEscape() throws(JSONError) {
        let start = position
        position += 2
        switch start + 1 < end ? bytes[start + 1] : 0 {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(at: position) else { throw error("invalid escape", at: start) }
            position += 4
            guard UTF16.isSurrogate(unit) else { return }
            guard UTF16.isLeadSurrogate(unit), position + 1 < end, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u"), let trail = codeUnit(at: position + 2),
                UTF16.isTrailSurrogate(trail)
            else { throw error("a lone surrogate", at: start) }
            position += 6
        default:
            throw error("invalid escape", at: start)
        }
    }

    /// The UTF-16 code unit of four hexadecimal digits.
    private func codeUnit(at offset: Int) -> UInt16? {
        guard offset + 4 <= end else { return nil }
        var unit: UInt16 = 0
        for byte in bytes[offset..<offset + 4] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return unit
    }

    /// The UTF-8 of a scanned string that contains escapes.
    func unescaped(_ range: Range<Int>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var units = [codeUnit(at: index) ?? 0]
                index += 4
                if UTF16.isLeadSurrogate(units[0]) {
                    units.append(codeUnit(at: index + 2) ?? 0)
                    index += 6
                }
                text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
            default: text.append(escape)
            }
        }
        return text
    }
}

/// Well-formed UTF-8 (Unicode 16, table 3-7).
enum UTF8Sequence {
    /// The length of the multi-byte sequence at an offset; `nil` if it is ill-formed.
    static func length(in bytes: [UInt8], at offset: Int, end: Int) -> Int? {
        let second: ClosedRange<UInt8>
        let length: Int
        switch bytes[offset] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard offset + length <= end, second.contains(bytes[offset + 1]) else { return nil }
        for index in offset + 2..<offset + length where bytes[index] & 0xC0 != 0x80 { return nil }
        return length
    }
}
