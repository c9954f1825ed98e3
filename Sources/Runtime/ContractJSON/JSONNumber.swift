/// A number with its text, compared by its exact decimal value: `1`, `1.0` and `10e-1` are equal; two 30-digit integers that differ in the
/// last digit are not.
public struct JSONNumber: Sendable {
    /// The number as written.
    public let text: String
    private let isNegative: Bool
    /// The digits of the value without leading and trailing zeros; empty for zero.
    private let digits: [UInt8]
    /// The power of ten if the value is written as `0.d₁d₂d₃… × 10^exponent`, where the dᵢ are the significant digits; 0 for zero.
    ///
    /// Exponents beyond ±10^18 count as ±10^18.
    public let exponent: Int

    /// - Returns: `nil` unless the text is a number as RFC 8259 §6 defines it.
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

    /// The number with the decimal digits of an integer.
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

    /// The number of digits without leading and trailing zeros.
    public var significantDigits: Int { digits.count }

    /// Whether the number has no fractional part: `1.0` and `1e2` are integers.
    public var isInteger: Bool { digits.count <= exponent || digits.isEmpty }

    /// The exact value; `nil` if it is not an integer or is beyond the range of `Int`.
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
        // The sum is computed as a negative number, so that the smallest integer fits.
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The decimal digits of an integer without a fraction and without an exponent, such as `1000` for `1e3`; `nil` if the value is not an
    /// integer, or is beyond the range of finite doubles.
    public var integerText: String? {
        guard isInteger, isRepresentableAsDouble else { return nil }
        guard !digits.isEmpty else { return "0" }
        return (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
            + String(repeating: "0", count: exponent - digits.count)
    }

    /// The exact value; `nil` if it is not an integer, or not in the range of `UInt64`.
    public var uint64: UInt64? {
        guard isInteger, exponent <= 20, !isNegative || digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for place in 0..<max(exponent, 0) {
            let digit = place < digits.count ? UInt64(digits[place] - UInt8(ascii: "0")) : 0
            let (shifted, overflows) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowsToo) = shifted.addingReportingOverflow(digit)
            if overflows || overflowsToo { return nil }
            value = next
        }
        return value
    }

    /// Whether the value divided by another is exactly an integer: `0.3` is a multiple of `0.1`.
    ///
    /// - Parameter divisor: a positive number of at most ``maximumDivisorDigits`` significant digits. Only zero is a multiple of other
    ///   divisors.
    public func isMultiple(of divisor: JSONNumber) -> Bool {
        guard !digits.isEmpty else { return true }
        guard !divisor.isNegative, (1...Self.maximumDivisorDigits).contains(divisor.digits.count) else { return false }
        // Both as integers of their digits times a power of ten. The digits do not end in zero, so with a lower power than the divisor's,
        // the number is not a multiple.
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

    /// The maximum number of significant digits of a divisor in ``isMultiple(of:)``.
    public static let maximumDivisorDigits = 18

    private static func product(_ left: UInt64, _ right: UInt64, _ modulus: UInt64) -> UInt64 {
        modulus.dividingFullWidth(left.multipliedFullWidth(by: right)).remainder
    }

    /// The nearest double; infinite if the value is beyond the range.
    public var double: Double { Double(text) ?? .nan }

    /// Whether the value is in the range of finite doubles. This includes values that a double rounds to zero.
    public var isRepresentableAsDouble: Bool { exponent < 309 || (exponent == 309 && double.isFinite) }
}

extension JSONNumber: Hashable, Comparable {
    /// Whether both have the same exact decimal value, however they are written.
    public static func == (left: JSONNumber, right: JSONNumber) -> Bool {
        left.isNegative == right.isNegative && left.exponent == right.exponent && left.digits == right.digits
    }

    /// Hashes the exact decimal value.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(isNegative)
        hasher.combine(exponent)
        digits.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// Compares the exact decimal values.
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
    /// The text of the number, as it was written.
    public var description: String { text }

    /// Equal for all numbers that are equal.
    var canonicalBytes: [UInt8] {
        Array("\(isNegative ? "-" : "")0.".utf8) + digits + Array("e\(exponent)".utf8)
    }
}
