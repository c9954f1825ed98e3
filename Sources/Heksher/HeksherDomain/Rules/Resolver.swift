/// Decides which rule of a setting wins in a context.
///
/// A rule applies if all its conditions match. Of the rules that apply, the one with a condition on the most specific feature wins; if
/// several have a condition on it, the next feature decides, and so on. So rules with conditions on the same features have the same
/// priority, and at most one of them applies. The resolver keeps a hash table for each such group of rules, in order of priority. A search
/// computes one hash for each group and takes the first match, so its time depends on the number of groups, not on the number of rules.
/// It allocates no memory and counts no references, unless the rules have conditions on dozens of features.
public struct Resolver: Sendable {
    /// Rules with conditions on the same features.
    private struct Group {
        /// The positions of the group's features in ``Resolver/groupFeatures``.
        var features: Range<Int>
        /// The positions of the group's hash table in ``Resolver/slots``. Their number is a power of two.
        var slots: Range<Int>
    }

    /// A place in a hash table.
    private struct Slot {
        /// The hash of the values that the rule requires.
        var hash: UInt64 = 0
        /// The index of the rule; -1 for an empty place.
        var rule: Int32 = -1
    }

    /// The features that the rules have conditions on.
    private var features: ContiguousArray<HashedText> = []
    /// The features of each group, as positions in ``features``.
    private var groupFeatures: ContiguousArray<Int32> = []
    private var groups: ContiguousArray<Group> = []
    private var slots: ContiguousArray<Slot> = []
    /// The required values of each rule, in the order of its group's features.
    private var values: ContiguousArray<String> = []
    /// The position of each rule's first value.
    private var starts: ContiguousArray<Int32> = []
    /// The approximate number of steps of the longest search.
    public private(set) var maximumSteps = 0

    /// - Parameters:
    ///   - rules: the conditions of each rule, in the order of their IDs. If several rules have the same conditions, the first one counts.
    ///   - order: the context features. A missing feature counts as more specific than all of them, because new features are added at the
    ///     end.
    public init(_ rules: some Sequence<[Condition]>, _ order: ContextFeatureOrder) {
        let priorities = RulePriorities(rules, order)
        features = ContiguousArray(priorities.features.map { HashedText($0) })
        for conditions in priorities.conditions {
            starts.append(Int32(clamping: values.count))
            values += conditions.lazy.map(\.value)
        }
        for group in priorities.groups { add(group) }
    }

    private mutating func add(_ group: RulePriorities.Group) {
        let start = slots.count
        var size = 2
        while size < group.rules.count * 2 { size *= 2 }
        slots.append(contentsOf: repeatElement(Slot(), count: size))
        var longest = 1
        for rule in group.rules {
            let first = Int(starts[rule])
            let required = first..<first + group.features.count
            let hash = required.reduce(Self.seed) { Self.mix($0, HashedText(values[$1]).hash) }
            var index = Self.slot(hash, size)
            var steps = 1
            while slots[start + index].rule >= 0, !isSame(slots[start + index], hash, required) {
                index = (index + 1) & (size - 1)
                steps += 1
            }
            longest = max(longest, steps)
            if slots[start + index].rule < 0 { slots[start + index] = Slot(hash: hash, rule: Int32(clamping: rule)) }
        }
        let firstFeature = groupFeatures.count
        groupFeatures += group.features.lazy.map { Int32(clamping: $0) }
        groups.append(Group(features: firstFeature..<groupFeatures.count, slots: start..<slots.count))
        maximumSteps += longest + group.features.count
    }

    /// Whether a rule in a hash table requires these values.
    private func isSame(_ slot: Slot, _ hash: UInt64, _ required: Range<Int>) -> Bool {
        guard slot.hash == hash else { return false }
        let first = Int(starts[Int(slot.rule)])
        return required.allSatisfy { values[$0].hasSameBytes(as: values[first + $0 - required.lowerBound]) }
    }

    private static let seed: UInt64 = 0x9E37_79B9_7F4A_7C15

    @inline(__always) private static func mix(_ hash: UInt64, _ value: UInt64) -> UInt64 {
        let product = (hash ^ value) &* 0xBF58_476D_1CE4_E5B9
        return product ^ product >> 29
    }

    /// The place at which a search in a hash table begins.
    @inline(__always) private static func slot(_ hash: UInt64, _ size: Int) -> Int {
        Int(truncatingIfNeeded: hash ^ hash >> 32) & (size - 1)
    }

    /// The index of the rule that wins; `nil` if no rule applies.
    public func winner(in context: Context) -> Int? {
        if groups.isEmpty { return nil }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: features.count) { places in
            for index in features.indices {
                places.initializeElement(at: index, to: context.place(of: features[index]))
            }
            return context.features.withUnsafeBufferPointer { given in
                groups.withUnsafeBufferPointer { groups in
                    for group in groups {
                        if let rule = winner(of: group, UnsafeBufferPointer(places), given) { return rule }
                    }
                    return nil
                }
            }
        }
    }

    /// - Parameters:
    ///   - places: the position of each of ``features`` in the context; -1 if the context lacks it.
    ///   - given: the features of the context.
    private func winner(
        of group: Group, _ places: UnsafeBufferPointer<Int>, _ given: UnsafeBufferPointer<Context.Feature>
    ) -> Int? {
        var hash = Self.seed
        for index in group.features {
            let place = places[Int(groupFeatures[index])]
            if place < 0 { return nil }
            hash = Self.mix(hash, given[place].value.hash)
        }
        let size = group.slots.count
        var index = Self.slot(hash, size)
        while true {
            let slot = slots[group.slots.lowerBound + index]
            if slot.rule < 0 { return nil }
            if slot.hash == hash {
                let rule = Int(slot.rule)
                if matches(rule, group, places, given) { return rule }
            }
            index = (index + 1) & (size - 1)
        }
    }

    /// Whether a rule's conditions match by their bytes.
    private func matches(
        _ rule: Int, _ group: Group, _ places: UnsafeBufferPointer<Int>, _ given: UnsafeBufferPointer<Context.Feature>
    ) -> Bool {
        var value = Int(starts[rule])
        for index in group.features {
            let place = places[Int(groupFeatures[index])]
            guard given[place].value.text.hasSameBytes(as: values[value]) else { return false }
            value += 1
        }
        return true
    }
}
