/// Reads regular expressions with the grammar of ECMA-262 §22.2.1 with the flag `u`.
struct PatternParser {
    private let scalars: [UInt32]
    private var position = 0
    private var depth = 0

    /// How many groups may stand one within the other.
    private static let maximumDepth = 100

    static func parse(_ source: String) throws(ECMAPatternError) -> PatternSyntax {
        var parser = PatternParser(scalars: source.unicodeScalars.map(\.value))
        let syntax = try parser.disjunction()
        guard parser.position == parser.scalars.count else {
            throw ECMAPatternError("a ')' that closes nothing", at: parser.position)
        }
        return syntax
    }

    private init(scalars: [UInt32]) {
        self.scalars = scalars
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
        _ = take("?")  // Lazy or greedy: whether there is a match is the same.
        return .repetition(atom, minimum: minimum, maximum: maximum)
    }

    private mutating func quantifier() throws(ECMAPatternError) -> (minimum: Int, maximum: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = position
        guard take("{") else { return nil }
        guard let minimum = number() else { throw failure("a '{' that begins no repetition; write '\\{'", at: start) }
        var maximum: Int? = minimum
        if take(",") { maximum = number() }
        guard take("}") else { throw failure("a '{' that begins no repetition; write '\\{'", at: start) }
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
        case "{", "}", "]": throw failure("'\(scalar)' stands alone; write '\\\(scalar)'", at: start)
        default: return .set(ScalarSet(scalar.value))
        }
    }

    private mutating func group(_ start: Int) throws(ECMAPatternError) -> PatternSyntax {
        if take("?") {
            if take("<") {
                if next == "=" || next == "!" { throw failure("look-behind is not supported", at: start) }
                while let scalar = next, scalar != ">" {
                    position += 1
                    _ = scalar
                }
                guard take(">") else { throw failure("a group's name without an end", at: start) }
            } else if next == "=" || next == "!" {
                throw failure("look-ahead is not supported", at: start)
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
            throw failure("back-references are not supported", at: start)
        }
        return .set(try escapedSet(start))
    }

    /// What stands behind a backslash, in a class or outside.
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
        case "p", "P": throw failure("Unicode properties are not supported", at: start)
        case "t": return ScalarSet(0x09)
        case "n": return ScalarSet(0x0A)
        case "v": return ScalarSet(0x0B)
        case "f": return ScalarSet(0x0C)
        case "r": return ScalarSet(0x0D)
        case "0":
            if let digit = next, ("0"..."9").contains(digit) {
                throw failure("octal escapes are not supported", at: start)
            }
            return ScalarSet(0)
        case "c":
            guard let letter = next, letter.isASCII, letter.properties.isAlphabetic else {
                throw failure("'\\c' without a letter", at: start)
            }
            position += 1
            return ScalarSet(letter.value % 32)
        case "x": return ScalarSet(try hexadecimal(digits: 2, start))
        case "u": return ScalarSet(try unicodeEscape(start))
        case "^", "$", "\\", ".", "*", "+", "?", "(", ")", "[", "]", "{", "}", "|", "/": return ScalarSet(scalar.value)
        default: throw failure("'\\\(scalar)' is no escape", at: start)
        }
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
                throw failure("a range between sets of characters", at: place)
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
