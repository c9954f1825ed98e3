/// A pattern such as `^[a-z0-9]{1,9}$`: a number of ASCII characters of one class, and nothing else. A loop over bytes
/// can match it.
public struct CharacterClassRepetition: Sendable, Hashable {
    /// The allowed characters, as sorted ranges that neither touch nor overlap.
    public var ranges: [ClosedRange<UInt8>]
    /// The minimum number of characters.
    public var minimum: Int
    /// The maximum number of characters; `nil` without a maximum.
    public var maximum: Int?
}

extension ECMAPattern {
    /// The pattern as a repeated character class; `nil` if it has another form.
    public var characterClassRepetition: CharacterClassRepetition? {
        guard case .sequence(let terms) = syntax, terms.count == 3, terms[0] == .assertion(.start),
            terms[2] == .assertion(.end)
        else { return nil }
        let (set, minimum, maximum): (ScalarSet, Int, Int?)
        switch terms[1] {
        case .set(let one): (set, minimum, maximum) = (one, 1, 1)
        case .repetition(.set(let repeated), let least, let most): (set, minimum, maximum) = (repeated, least, most)
        default: return nil
        }
        let ranges = set.ranges.compactMap { range in
            range.upperBound < 0x80 ? UInt8(range.lowerBound)...UInt8(range.upperBound) : nil
        }
        guard !ranges.isEmpty, ranges.count == set.ranges.count else { return nil }
        return CharacterClassRepetition(ranges: ranges, minimum: minimum, maximum: maximum)
    }
}
