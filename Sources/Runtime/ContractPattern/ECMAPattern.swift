/// A regular expression of ECMA-262, as in the keyword `pattern` of JSON Schema.
///
/// The time to match is linear in the length of the text for every expression. Matching simulates a non-deterministic
/// automaton (K. Thompson, "Regular expression search algorithm", 1968). For ASCII texts, it can use a deterministic
/// automaton if that is small. Back-references, look-around and Unicode properties are refused.
public struct ECMAPattern: Sendable {
    let syntax: PatternSyntax
    private let program: [Instruction]
    private var automaton: ASCIIAutomaton?

    /// Parses an expression.
    ///
    /// - Parameters:
    ///   - source: the expression.
    ///   - isStrict: whether the expression must be valid with the flag `u`. If not, an expression that is only valid
    ///     without the flag is parsed without it: `]` and `}` may be unescaped, and `\-` is a hyphen (ECMA-262 Annex
    ///     B.1.2).
    /// - Throws: ``ECMAPatternError`` if the text is not a regular expression, is not supported, or needs more than
    ///   20,000 instructions.
    public init(_ source: String, isStrict: Bool = false) throws(ECMAPatternError) {
        do {
            syntax = try PatternParser.parse(source, isUnicode: true)
        } catch {
            guard !isStrict, !error.isUnsupported else { throw error }
            syntax = try PatternParser.parse(source, isUnicode: false)
        }
        var compiler = PatternCompiler()
        try compiler.compile(syntax)
        program = compiler.program + [.match]
    }

    /// The same expression, but faster for ASCII texts unless the expression is large. This takes up to a few
    /// milliseconds, so use it for expressions that are matched often.
    public func optimized() -> ECMAPattern {
        var pattern = self
        pattern.automaton = ASCIIAutomaton(program)
        return pattern
    }

    /// Whether the expression matches anywhere in a text. `^` and `$` match only at the beginning and the end of the
    /// text.
    public func matches(_ text: String) -> Bool {
        automaton?.matches(text) ?? matchesBySimulation(text)
    }

    func matchesBySimulation(_ text: String) -> Bool {
        let scalars = text.unicodeScalars.map(\.value)
        var current = ThreadList(capacity: program.count)
        var following = ThreadList(capacity: program.count)
        for position in 0...scalars.count {
            // The search is not anchored: a match may also begin at this character.
            if add(0, to: &current, position, scalars) { return true }
            guard position < scalars.count else { break }
            following.removeAll()
            for thread in current.threads {
                guard case .set(let set) = program[thread], set.contains(scalars[position]) else { continue }
                if add(thread + 1, to: &following, position + 1, scalars) { return true }
            }
            swap(&current, &following)
        }
        return false
    }

    /// Adds the instructions that are reached without consuming anything. Returns whether there is a match.
    private func add(_ start: Int, to list: inout ThreadList, _ position: Int, _ scalars: [UInt32]) -> Bool {
        var pending = [start]
        while let index = pending.popLast() {
            guard list.insert(index) else { continue }
            switch program[index] {
            case .match: return true
            case .set: continue
            case .jump(let target): pending.append(target)
            case .split(let first, let second): pending += [second, first]
            case .assert(let assertion):
                if holds(assertion, position, scalars) { pending.append(index + 1) }
            }
        }
        return false
    }

    private func holds(_ assertion: PatternSyntax.Assertion, _ position: Int, _ scalars: [UInt32]) -> Bool {
        func isWord(_ index: Int) -> Bool { scalars.indices.contains(index) && ScalarSet.word.contains(scalars[index]) }
        return switch assertion {
        case .start: position == 0
        case .end: position == scalars.count
        case .wordBoundary: isWord(position - 1) != isWord(position)
        case .noWordBoundary: isWord(position - 1) == isWord(position)
        }
    }
}

/// The reached instructions, without repeats.
private struct ThreadList {
    private(set) var threads: [Int] = []
    private var generation = 1
    private var seen: [Int]

    init(capacity: Int) {
        seen = Array(repeating: 0, count: capacity)
    }

    mutating func insert(_ thread: Int) -> Bool {
        guard seen[thread] != generation else { return false }
        seen[thread] = generation
        threads.append(thread)
        return true
    }

    mutating func removeAll() {
        threads.removeAll(keepingCapacity: true)
        generation += 1
    }
}

enum Instruction: Sendable {
    case set(ScalarSet)
    case jump(Int)
    case split(Int, Int)
    case assert(PatternSyntax.Assertion)
    case match
}

private struct PatternCompiler {
    private(set) var program: [Instruction] = []

    private static let maximumSize = 20_000

    mutating func compile(_ syntax: PatternSyntax) throws(ECMAPatternError) {
        switch syntax {
        case .empty: break
        case .set(let set): try emit(.set(set))
        case .assertion(let assertion): try emit(.assert(assertion))
        case .sequence(let terms):
            for term in terms { try compile(term) }
        case .alternatives(let alternatives):
            var ends: [Int] = []
            for alternative in alternatives.dropLast() {
                let split = program.count
                try emit(.match)
                try compile(alternative)
                ends.append(program.count)
                try emit(.match)
                program[split] = .split(split + 1, program.count)
            }
            if let last = alternatives.last { try compile(last) }
            for end in ends { program[end] = .jump(program.count) }
        case .repetition(let repeated, let minimum, let maximum):
            let start = program.count
            for _ in 0..<minimum {
                try compile(repeated)
                // If an expression matches only the empty text, repeating it changes nothing.
                if program.count == start { return }
            }
            if let maximum {
                try compileOptional(repeated, times: maximum - minimum)
            } else {
                let split = program.count
                try emit(.match)
                try compile(repeated)
                try emit(.jump(split))
                program[split] = .split(split + 1, program.count)
            }
        }
    }

    private mutating func compileOptional(_ syntax: PatternSyntax, times: Int) throws(ECMAPatternError) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(program.count)
            try emit(.match)
            try compile(syntax)
            if program.count == splits[0] + 1 { break }
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }

    private mutating func emit(_ instruction: Instruction) throws(ECMAPatternError) {
        guard program.count < Self.maximumSize else {
            throw ECMAPatternError("the expression takes more than \(Self.maximumSize) instructions", at: 0)
        }
        program.append(instruction)
    }
}
