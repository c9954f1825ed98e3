/// A number by its text, compared by its exact decimal value: `1`, `1.0` and `10e-1` are equal, two integers of thirty digits that
/// differ in the last are not.
public struct JSONNumber: Sendable {
    /// The number as written.
    public let text: String
    private let isNegative: Bool
    /// The digits of the value without zeros at either end; empty for zero.
    private let digits: [UInt8]
    /// The power of ten of the value as `0.d₁d₂d₃… × 10^exponent`, the dᵢ being the significant digits; 0 for zero.
    ///
    /// Exponents beyond ±10^18 count as ±10^18.
    public let exponent: Int

    /// - Returns: `nil` unless the text is a number as RFC 8259 §6 has it.
    public init?(_ text: String) {
        var reader = JSONReader(Array(text.utf8))
        do {
            try reader.scanNumber()
            guard reader.position == reader.end else { return nil }
        } catch {
            return nil
        }
        self.init(validated: text)
    }

    public init(_ int: Int) {
        self.init(validated: String(int))
    }

    init(validated text: String) {
        self.text = text
        var digits: [UInt8] = []
        var isNegative = false
        var integerDigits = 0
        var isFraction = false
        var written = 0
        var rest = text.utf8[...]
        while let byte = rest.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
            rest.removeFirst()
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): isFraction = true
            default:
                digits.append(byte)
                if !isFraction { integerDigits += 1 }
            }
        }
        if !rest.isEmpty { written = Self.saturated(rest.dropFirst()) }
        let leadingZeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leadingZeros)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        self.digits = digits
        self.isNegative = isNegative && !digits.isEmpty
        self.exponent = digits.isEmpty ? 0 : max(-Self.limit, min(Self.limit, written + integerDigits - leadingZeros))
    }

    private static let limit = 1_000_000_000_000_000_000

    private static func saturated(_ exponent: Substring.UTF8View) -> Int {
        var value = 0
        for byte in exponent where byte != UInt8(ascii: "+") && byte != UInt8(ascii: "-") {
            if value >= limit / 10 {
                value = limit
                break
            }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return exponent.first == UInt8(ascii: "-") ? -value : value
    }

    /// How many digits the value has, without zeros at either end.
    public var significantDigits: Int { digits.count }

    /// Whether there is no fractional part: `1.0` and `1e2` are integers.
    public var isInteger: Bool { digits.count <= exponent || digits.isEmpty }

    /// The exact value; `nil` if it is no integer or beyond the range of `Int`.
    public var int: Int? {
        guard isInteger, exponent <= 19 else { return nil }
        var value = 0
        for place in 0..<exponent {
            let digit = place < digits.count ? Int(digits[place] - UInt8(ascii: "0")) : 0
            let (shifted, overflows) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowsToo) = shifted.subtractingReportingOverflow(digit)
            if overflows || overflowsToo { return nil }
            value = next
        }
        // Summed up below zero, where there is room for the smallest integer.
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// Whether the value divided by another is an integer, exactly: `0.3` is a multiple of `0.1`.
    ///
    /// - Parameter divisor: a positive number of ``maximumDivisorDigits`` significant digits at most; of others nothing is a multiple
    ///   but zero.
    public func isMultiple(of divisor: JSONNumber) -> Bool {
        guard !digits.isEmpty else { return true }
        guard !divisor.isNegative, (1...Self.maximumDivisorDigits).contains(divisor.digits.count) else { return false }
        // Both as integers of their digits times a power of ten. The digits end in no zero: with less of a power than the divisor
        // has, they are no multiple.
        let zeros = (exponent - digits.count) - (divisor.exponent - divisor.digits.count)
        guard zeros >= 0 else { return false }
        let modulus = divisor.digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
        let remainder = digits.reduce(UInt64(0)) { ($0 * 10 + UInt64($1 - UInt8(ascii: "0"))) % modulus }
        var factor = 1 % modulus
        var power = 10 % modulus
        var rest = zeros
        while rest > 0 {
            if rest & 1 == 1 { factor = Self.product(factor, power, modulus) }
            power = Self.product(power, power, modulus)
            rest >>= 1
        }
        return Self.product(remainder, factor, modulus) == 0
    }

    /// How many significant digits a number may have for others to be found multiples of it.
    public static let maximumDivisorDigits = 18

    private static func product(_ left: UInt64, _ right: UInt64, _ modulus: UInt64) -> UInt64 {
        modulus.dividingFullWidth(left.multipliedFullWidth(by: right)).remainder
    }

    /// The nearest double; infinite beyond the range.
    public var double: Double { Double(text) ?? .nan }

    /// Whether the value lies within the range of finite doubles. Values too small to be told from zero do.
    public var isRepresentableAsDouble: Bool { exponent < 309 || (exponent == 309 && double.isFinite) }
}

extension JSONNumber: Hashable, Comparable {
    public static func == (left: JSONNumber, right: JSONNumber) -> Bool {
        left.isNegative == right.isNegative && left.exponent == right.exponent && left.digits == right.digits
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(isNegative)
        hasher.combine(exponent)
        hasher.combine(digits)
    }

    public static func < (left: JSONNumber, right: JSONNumber) -> Bool {
        if left.sign != right.sign { return left.sign < right.sign }
        return left.isNegative ? magnitude(of: right, isBelow: left) : magnitude(of: left, isBelow: right)
    }

    private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

    private static func magnitude(of left: JSONNumber, isBelow right: JSONNumber) -> Bool {
        left.exponent == right.exponent
            ? left.digits.lexicographicallyPrecedes(right.digits) : left.exponent < right.exponent
    }
}

extension JSONNumber: CustomStringConvertible {
    public var description: String { text }

    /// The same text for all numbers that are equal.
    var canonicalBytes: [UInt8] {
        Array("\(isNegative ? "-" : "")0.".utf8) + digits + Array("e\(exponent)".utf8)
    }
}
