/// Parses regular expressions by the grammar of ECMA-262 §22.2.1, with the flag `u`, or without it and with the
/// additions of Annex B.1.2.
struct PatternParser {
    /// Whether the expression is parsed with the flag `u`.
    private let isUnicode: Bool
    private let scalars: [UInt32]
    private var position = 0
    private var depth = 0

    /// The limit on nested groups.
    private static let maximumDepth = 100

    static func parse(_ source: String, isUnicode: Bool) throws(ECMAPatternError) -> PatternSyntax {
        var parser = PatternParser(scalars: source.unicodeScalars.map(\.value), isUnicode: isUnicode)
        let syntax = try parser.disjunction()
        guard parser.position == parser.scalars.count else {
            throw ECMAPatternError("a ')' that closes nothing", at: parser.position)
        }
        return syntax
    }

    private init(scalars: [UInt32], isUnicode: Bool) {
        self.scalars = scalars
        self.isUnicode = isUnicode
    }

    /// An error for an expression that ECMA-262 allows, but that is not supported.
    private func unsupported(_ message: String, at offset: Int) -> ECMAPatternError {
        var error = ECMAPatternError(message, at: offset)
        error.isUnsupported = true
        return error
    }

    private var next: Unicode.Scalar? {
        position < scalars.count ? Unicode.Scalar(scalars[position]) : nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private func failure(_ message: String, at offset: Int? = nil) -> ECMAPatternError {
        ECMAPatternError(message, at: offset ?? position)
    }

    private mutating func disjunction() throws(ECMAPatternError) -> PatternSyntax {
        var alternatives = [try sequence()]
        while take("|") { alternatives.append(try sequence()) }
        return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
    }

    private mutating func sequence() throws(ECMAPatternError) -> PatternSyntax {
        var terms: [PatternSyntax] = []
        while let scalar = next, scalar != "|", scalar != ")" { terms.append(try term()) }
        return terms.count == 1 ? terms[0] : terms.isEmpty ? .empty : .sequence(terms)
    }

    private mutating func term() throws(ECMAPatternError) -> PatternSyntax {
        let start = position
        let atom = try atom()
        guard let (minimum, maximum) = try quantifier() else { return atom }
        if case .assertion = atom { throw failure("an assertion cannot be repeated", at: start) }
        _ = take("?")  // A lazy repetition matches the same texts as a greedy one.
        return .repetition(atom, minimum: minimum, maximum: maximum)
    }

    private mutating func quantifier() throws(ECMAPatternError) -> (minimum: Int, maximum: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = position
        guard take("{") else { return nil }
        let minimum = number()
        var maximum = minimum
        if minimum != nil, take(",") { maximum = number() }
        guard let minimum, take("}") else {
            guard !isUnicode else { throw failure("a '{' that begins no repetition; write '\\{'", at: start) }
            position = start
            return nil
        }
        if let maximum, maximum < minimum { throw failure("the bounds of a repetition are out of order", at: start) }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = next?.value, (0x30...0x39).contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit - 0x30), 1_000_000)
            position += 1
        }
        return value
    }

    private mutating func atom() throws(ECMAPatternError) -> PatternSyntax {
        let start = position
        guard let scalar = next else { return .empty }
        position += 1
        switch scalar {
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case ".": return .set(ScalarSet.lineTerminators.complement)
        case "(": return try group(start)
        case "[": return .set(try characterClass(start))
        case "\\": return try escape(start)
        case "*", "+", "?": throw failure("'\(scalar)' has nothing to repeat", at: start)
        case "{", "}", "]":
            guard !isUnicode else { throw failure("'\(scalar)' stands alone; write '\\\(scalar)'", at: start) }
            return .set(ScalarSet(scalar.value))
        default: return .set(ScalarSet(scalar.value))
        }
    }

    private mutating func group(_ start: Int) throws(ECMAPatternError) -> PatternSyntax {
        if take("?") {
            if take("<") {
                if next == "=" || next == "!" { throw unsupported("look-behind is not supported", at: start) }
                while let scalar = next, scalar != ">" {
                    position += 1
                    _ = scalar
                }
                guard take(">") else { throw failure("a group's name without an end", at: start) }
            } else if next == "=" || next == "!" {
                throw unsupported("look-ahead is not supported", at: start)
            } else if !take(":") {
                throw failure("'(?' begins no group", at: start)
            }
        }
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw failure("more than \(Self.maximumDepth) groups within each other", at: start)
        }
        let syntax = try disjunction()
        depth -= 1
        guard take(")") else { throw failure("a '(' that is not closed", at: start) }
        return syntax
    }

    // MARK: Escapes

    private mutating func escape(_ start: Int) throws(ECMAPatternError) -> PatternSyntax {
        if take("b") { return .assertion(.wordBoundary) }
        if take("B") { return .assertion(.noWordBoundary) }
        if let scalar = next, ("1"..."9").contains(scalar) || scalar == "k" {
            throw unsupported("back-references are not supported", at: start)
        }
        return .set(try escapedSet(start))
    }

    /// The characters that an escape matches, inside or outside of a class.
    private mutating func escapedSet(_ start: Int) throws(ECMAPatternError) -> ScalarSet {
        guard let scalar = next else { throw failure("a '\\' at the end", at: start) }
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.complement
        case "w": return .word
        case "W": return ScalarSet.word.complement
        case "s": return .space
        case "S": return ScalarSet.space.complement
        case "p", "P": throw unsupported("Unicode properties are not supported", at: start)
        case "t": return ScalarSet(0x09)
        case "n": return ScalarSet(0x0A)
        case "v": return ScalarSet(0x0B)
        case "f": return ScalarSet(0x0C)
        case "r": return ScalarSet(0x0D)
        case "0":
            if let digit = next, ("0"..."9").contains(digit) {
                guard !isUnicode else { throw failure("octal escapes are not supported", at: start) }
                return ScalarSet(octal())
            }
            return ScalarSet(0)
        case "c":
            guard let letter = next, letter.isASCII, letter.properties.isAlphabetic else {
                guard !isUnicode else { throw failure("'\\c' without a letter", at: start) }
                // The backslash matches itself.
                position -= 1
                return ScalarSet(0x5C)
            }
            position += 1
            return ScalarSet(letter.value % 32)
        case "x" where isUnicode || hasHexadecimals(2): return ScalarSet(try hexadecimal(digits: 2, start))
        case "u" where isUnicode || hasHexadecimals(4): return ScalarSet(try unicodeEscape(start))
        case "^", "$", "\\", ".", "*", "+", "?", "(", ")", "[", "]", "{", "}", "|", "/": return ScalarSet(scalar.value)
        default:
            guard !isUnicode else { throw failure("'\\\(scalar)' is no escape", at: start) }
            return ScalarSet(scalar.value)
        }
    }

    private func hasHexadecimals(_ count: Int) -> Bool {
        let digits = scalars[position...].prefix(count)
        return digits.count == count
            && digits.allSatisfy {
                Unicode.Scalar($0).map { Character($0).isASCII && Character($0).isHexDigit } == true
            }
    }

    /// Up to two octal digits after a zero.
    private mutating func octal() -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<2 {
            guard let digit = next?.value, (0x30...0x37).contains(digit) else { break }
            value = value * 8 + digit - 0x30
            position += 1
        }
        return value
    }

    private mutating func hexadecimal(digits: Int, _ start: Int) throws(ECMAPatternError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = next.flatMap({ Character($0).hexDigitValue }) else {
                throw failure("expecting \(digits) hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func unicodeEscape(_ start: Int) throws(ECMAPatternError) -> UInt32 {
        if take("{") {
            var value: UInt32 = 0
            while let digit = next.flatMap({ Character($0).hexDigitValue }) {
                value = min(value << 4 | UInt32(digit), 0x110000)
                position += 1
            }
            guard take("}"), value <= 0x10FFFF else { throw failure("'\\u{' without a code point", at: start) }
            return value
        }
        let unit = try hexadecimal(digits: 4, start)
        guard (0xD800...0xDBFF).contains(unit), position + 1 < scalars.count, scalars[position] == 0x5C,
            scalars[position + 1] == 0x75
        else { return unit }
        let before = position
        position += 2
        let trail = try hexadecimal(digits: 4, start)
        guard (0xDC00...0xDFFF).contains(trail) else {
            position = before
            return unit
        }
        return 0x10000 + (unit - 0xD800) << 10 + (trail - 0xDC00)
    }

    // MARK: Classes

    private mutating func characterClass(_ start: Int) throws(ECMAPatternError) -> ScalarSet {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while !take("]") {
            guard next != nil else { throw failure("a '[' that is not closed", at: start) }
            let place = position
            let first = try classAtom()
            guard next == "-", position + 1 < scalars.count, scalars[position + 1] != 0x5D else {
                ranges += first.ranges
                continue
            }
            position += 1
            let last = try classAtom()
            guard let lower = first.single, let upper = last.single else {
                guard !isUnicode else { throw failure("a range between sets of characters", at: place) }
                ranges += first.ranges + ScalarSet(0x2D).ranges + last.ranges
                continue
            }
            guard lower <= upper else { throw failure("a range out of order", at: place) }
            ranges.append(lower...upper)
        }
        let set = ScalarSet(ranges)
        return isNegated ? set.complement : set
    }

    private mutating func classAtom() throws(ECMAPatternError) -> ScalarSet {
        let start = position
        guard let scalar = next else { throw failure("a '[' that is not closed", at: start) }
        position += 1
        guard scalar == "\\" else { return ScalarSet(scalar.value) }
        if take("b") { return ScalarSet(0x08) }
        if take("-") { return ScalarSet(0x2D) }
        return try escapedSet(start)
    }
}

extension ScalarSet {
    fileprivate var single: UInt32? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
