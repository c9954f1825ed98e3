import ContractJSON

// Numbers as PostgreSQL's `numeric` stores those in `jsonb` (PostgreSQL's manual, §8.1.2).

extension JSONNumber {
    /// Whether `numeric` can represent the number.
    var isStorable: Bool { NumericText(text.utf8).isStorable }
}

/// A JSON number as `numeric` reads it, from the bytes of its text.
struct NumericText {
    /// The largest number of digits that `numeric` has after the point.
    private static let maximumScale = 16383
    /// The exponents of numbers that `numeric` can represent are below this.
    private static let exponentLimit = Int(Int32.max / 2)

    private var isNegative = false
    private var integerDigits = 0
    private var fractionDigits = 0
    /// The number of digits before the first one that is not zero; `nil` if all are zero.
    private var leadingZeros: Int?
    /// 0 if there is no exponent; ``exponentLimit`` stands for all larger ones.
    private var exponent = 0

    /// - Parameter bytes: a number as RFC 8259 §6 defines it.
    init(_ bytes: some Sequence<UInt8>) {
        var (isFraction, isExponent, hasNegativeExponent) = (false, false, false)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "-"): if isExponent { hasNegativeExponent = true } else { isNegative = true }
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isExponent = true
            case UInt8(ascii: "+"): break
            default:
                if isExponent {
                    exponent = min(exponent * 10 + Int(byte - UInt8(ascii: "0")), Self.exponentLimit)
                    continue
                }
                if byte != UInt8(ascii: "0"), leadingZeros == nil { leadingZeros = integerDigits + fractionDigits }
                if isFraction { fractionDigits += 1 } else { integerDigits += 1 }
            }
        }
        if hasNegativeExponent { exponent.negate() }
    }

    /// Whether `numeric` can represent the number.
    var isStorable: Bool { abs(exponent) < Self.exponentLimit && fractionDigits - exponent <= Self.maximumScale }

    /// The size of the text that `numeric` returns. It has no exponent, and as many digits after the point as the number was written with.
    var size: Int {
        let scale = min(max(fractionDigits - exponent, 0), Self.maximumScale)
        let digitsBeforePoint = leadingZeros.map { exponent + integerDigits - $0 } ?? 0
        return (isNegative ? 1 : 0) + max(digitsBeforePoint, 1) + (scale > 0 ? scale + 1 : 0)
    }
}
