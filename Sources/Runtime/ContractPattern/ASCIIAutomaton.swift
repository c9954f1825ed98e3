/// A deterministic automaton for ASCII texts, which needs one table lookup for each byte. The subset construction
/// creates it from a program (M. Rabin and D. Scott, "Finite automata and their decision problems", 1959).
struct ASCIIAutomaton: Sendable {
    /// The limits on states and on instructions. Larger programs have no automaton.
    private static let maximumStates = 64
    private static let maximumProgram = 256

    private static let accepting: UInt16 = .max

    /// 128 entries for each state: the state after a byte, or ``accepting``.
    private var transitions: [UInt16] = []
    /// Whether a text matches if it ends in the state.
    private var matchesAtEnd: [Bool] = []
    private var matchesAtOnce = false

    /// Creates an automaton; `nil` if the program contains word boundaries or needs too many states.
    init?(_ program: [Instruction]) {
        guard program.count <= Self.maximumProgram else { return nil }
        /// The instructions at which matching continues, and whether the text is still at its beginning.
        struct State: Hashable {
            var threads: [Int]
            var isStart: Bool
        }
        var states = [State(threads: [0], isStart: true)]
        var numbers = [states[0]: UInt16(0)]
        var next = 0
        while next < states.count {
            let state = states[next]
            guard let here = Self.follow(program, state.threads, isStart: state.isStart, isEnd: false),
                let end = Self.follow(program, state.threads, isStart: state.isStart, isEnd: true)
            else { return nil }
            if next == 0, here.isMatch { matchesAtOnce = true }
            matchesAtEnd.append(end.isMatch)
            for byte in UInt32(0)..<128 {
                // The search is not anchored: a match may begin at any character.
                var threads: Set<Int> = [0]
                for thread in here.consuming {
                    if case .set(let set) = program[thread], set.contains(byte) { threads.insert(thread + 1) }
                }
                let target = State(threads: threads.sorted(), isStart: false)
                if let number = numbers[target] {
                    transitions.append(number)
                } else if Self.follow(program, target.threads, isStart: false, isEnd: false)?.isMatch == true {
                    numbers[target] = Self.accepting
                    transitions.append(Self.accepting)
                } else {
                    guard states.count < Self.maximumStates else { return nil }
                    numbers[target] = UInt16(states.count)
                    transitions.append(UInt16(states.count))
                    states.append(target)
                }
            }
            next += 1
        }
    }

    /// Follows the instructions that consume nothing.
    ///
    /// - Returns: the instructions that consume something, and whether there is a match; `nil` if one is a word
    ///   boundary.
    private static func follow(
        _ program: [Instruction], _ threads: [Int], isStart: Bool, isEnd: Bool
    ) -> (consuming: [Int], isMatch: Bool)? {
        var pending = threads
        var seen: Set<Int> = []
        var consuming: [Int] = []
        var isMatch = false
        while let index = pending.popLast() {
            guard seen.insert(index).inserted else { continue }
            switch program[index] {
            case .match: isMatch = true
            case .set: consuming.append(index)
            case .jump(let target): pending.append(target)
            case .split(let first, let second): pending += [second, first]
            case .assert(.start): if isStart { pending.append(index + 1) }
            case .assert(.end): if isEnd { pending.append(index + 1) }
            case .assert: return nil
            }
        }
        return (consuming, isMatch)
    }

    /// Whether a text matches; `nil` if it is not ASCII.
    func matches(_ text: String) -> Bool? {
        var text = text
        return text.withUTF8 { utf8 in
            guard !matchesAtOnce else { return true }
            return transitions.withUnsafeBufferPointer { transitions in
                var state = 0
                for byte in utf8 {
                    guard byte < 128 else { return nil }
                    let next = transitions[state << 7 | Int(byte)]
                    // The rest of the text does not matter.
                    if next == Self.accepting { return true }
                    state = Int(next)
                }
                return matchesAtEnd[state]
            }
        }
    }
}
