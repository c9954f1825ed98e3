// Numbers as Swift's own types. Most are short, and need neither a text nor a list of digits.

extension JSONReader {
    /// Reads a number as an integer; `nil` if it has a fractional part or is beyond the range of `Int`. `1.0` and `1e2` are integers.
    public mutating func readInt() throws(JSONError) -> Int? {
        skipWhiteSpace()
        let isNegative = next == UInt8(ascii: "-")
        let first = isNegative ? position + 1 : position
        var index = first
        var value = 0
        // 18 digits are always within the range.
        while index < end, index - first < 18 {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = value &* 10 &+ Int(digit)
            index += 1
        }
        let endsThere = index == end || !Self.continuesNumber(bytes[index])
        let isPlain = index > first && (bytes[first] != UInt8(ascii: "0") || index == first + 1)
        guard endsThere, isPlain else { return try readNumber().int }
        position = index
        return isNegative ? -value : value
    }

    /// Reads a number as the nearest double; infinite beyond the range.
    public mutating func readDouble() throws(JSONError) -> Double {
        skipWhiteSpace()
        let start = position
        try scanNumber()
        return shortDouble(start..<position)
            ?? Double(String(decoding: bytes[start..<position], as: UTF8.self)) ?? .nan
    }

    /// The value of a scanned number whose digits are an exact double and whose power of ten is one too, so that one division or
    /// multiplication is rounded correctly (W. D. Clinger, "How to read floating point numbers accurately", 1990).
    private func shortDouble(_ range: Range<Int>) -> Double? {
        guard range.count <= 17 else { return nil }
        let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
        var digits = 0
        var fraction = 0
        var isFraction = false
        for index in (isNegative ? range.lowerBound + 1 : range.lowerBound)..<range.upperBound {
            switch bytes[index] {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): return nil
            case let byte:
                digits = digits &* 10 &+ Int(byte &- UInt8(ascii: "0"))
                if isFraction { fraction += 1 }
            }
        }
        guard digits < 1 << 53, fraction < Self.powersOfTen.count else { return nil }
        let magnitude = Double(digits) / Self.powersOfTen[fraction]
        return isNegative ? -magnitude : magnitude
    }

    /// Those that are exact.
    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21,
        1e22,
    ]

    private static func continuesNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): true
        default: false
        }
    }
}
