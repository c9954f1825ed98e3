// Numbers as Swift's own types. Most numbers are short, and need neither a text nor a list of digits.

extension JSONReader {
    /// Reads a number as an integer; `nil` if it has a fractional part or is beyond the range of `Int`. `1.0` and `1e2` are integers.
    public mutating func readInt() throws(JSONError) -> Int? {
        skipWhiteSpace()
        let isNegative = next == UInt8(ascii: "-")
        let first = isNegative ? position + 1 : position
        var index = first
        var value = 0
        // 18 digits are always in the range.
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

    /// Reads a number as an unsigned integer; `nil` if it has a fractional part or is not in the range of `UInt64`.
    public mutating func readUInt64() throws(JSONError) -> UInt64? { try readNumber().uint64 }

    /// Consumes a number without converting it.
    ///
    /// - Returns: whether its value is in the range of finite doubles, like ``JSONNumber/isRepresentableAsDouble``.
    public mutating func skipNumber() throws(JSONError) -> Bool {
        skipWhiteSpace()
        let start = position
        try scanNumber()
        let exponent = decimalExponent(start..<position)
        guard exponent == 309 else { return exponent < 309 }
        return Double(String(decoding: bytes[start..<position], as: UTF8.self))?.isFinite ?? false
    }

    /// The power of ten of a scanned number, like ``JSONNumber/exponent``. If that is below 309, the result may be any other number below
    /// 309.
    private func decimalExponent(_ range: Range<Int>) -> Int {
        // A number with so few characters and without an exponent is below 10^308.
        if range.count <= 308, !range.contains(where: { bytes[$0] | 0x20 == UInt8(ascii: "e") }) { return 308 }
        var digits = 0
        var isSignificant = false
        var isFraction = false
        var index = range.lowerBound
        while index < range.upperBound, bytes[index] | 0x20 != UInt8(ascii: "e") {
            switch bytes[index] {
            case UInt8(ascii: "-"): break
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "0") where !isSignificant: if isFraction { digits -= 1 }
            default:
                isSignificant = true
                if !isFraction { digits += 1 }
            }
            index += 1
        }
        guard isSignificant else { return -1 }
        guard index < range.upperBound else { return digits }
        index += 1
        let isNegative = bytes[index] == UInt8(ascii: "-")
        var written = 0
        while index < range.upperBound {
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit < 10 { written = min(written * 10 + Int(digit), 1_000_000_000_000) }
            index += 1
        }
        return digits + (isNegative ? -written : written)
    }

    /// Reads a number as the nearest double; infinite if it is beyond the range.
    public mutating func readDouble() throws(JSONError) -> Double {
        skipWhiteSpace()
        let start = position
        try scanNumber()
        return shortDouble(start..<position)
            ?? Double(String(decoding: bytes[start..<position], as: UTF8.self)) ?? .nan
    }

    /// The value of a scanned number, if its digits and its power of ten are both exact as doubles. Then one division or multiplication
    /// rounds correctly (W. D. Clinger, "How to read floating point numbers accurately", 1990).
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

    /// The powers that are exact.
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
