/// The conditions of a setting's rules, laid out for finding the first rule that applies.
///
/// No memory is allocated and no reference is counted while looking: the hashes of the context's values are put on the
/// stack, one for each feature that matters, and each condition is one comparison with one of them. Texts are compared
/// for the rule alone whose hashes all agree.
@usableFromInline struct RuleConditions: Sendable {
    private struct Condition {
        /// Which of `features` the condition is on.
        var feature: Int
        /// The hash of the value it asks for.
        var hash: UInt64
    }

    /// The features that any rule has a condition on.
    private var features: ContiguousArray<HashedText> = []
    /// The conditions of all rules, one rule after the other.
    private var conditions: ContiguousArray<Condition> = []
    /// The value that each condition asks for.
    private var values: ContiguousArray<String> = []
    /// Where the conditions of each rule end.
    private var ends: ContiguousArray<Int> = []

    /// - Parameter rules: the conditions of each rule, the rule of the highest priority first.
    init(_ rules: some Sequence<[(feature: String, value: String)]>) {
        for rule in rules {
            for (name, value) in rule {
                let feature = features.firstIndex { $0.text == name } ?? features.endIndex
                if feature == features.endIndex { features.append(HashedText(name)) }
                conditions.append(Condition(feature: feature, hash: HashedText(value).hash))
                values.append(value)
            }
            ends.append(conditions.count)
        }
    }

    /// The place of the first rule of which all conditions hold; `nil` if there is none.
    @usableFromInline func firstMatch(in context: SettingContext) -> Int? {
        guard !ends.isEmpty else { return nil }
        return context.features.withUnsafeBufferPointer { given in
            features.withUnsafeBufferPointer { features in
                conditions.withUnsafeBufferPointer { conditions in
                    ends.withUnsafeBufferPointer { ends in
                        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: features.count) { hashes in
                            for index in 0..<features.count {
                                let place = Self.place(of: features[index], in: given)
                                hashes.initializeElement(at: index, to: place < 0 ? 0 : given[place].value.hash)
                            }
                            var condition = 0
                            for rule in 0..<ends.count {
                                let start = condition
                                let end = ends[rule]
                                while condition < end,
                                    hashes[conditions[condition].feature] == conditions[condition].hash
                                {
                                    condition += 1
                                }
                                if condition == end, hold(start..<end, given) { return rule }
                                condition = end
                            }
                            return nil
                        }
                    }
                }
            }
        }
    }

    /// Whether conditions hold by their texts.
    private func hold(_ range: Range<Int>, _ given: UnsafeBufferPointer<SettingContext.Feature>) -> Bool {
        for condition in range {
            let place = Self.place(of: features[conditions[condition].feature], in: given)
            guard place >= 0, given[place].value.text == values[condition] else { return false }
        }
        return true
    }

    /// Where a context has a feature; -1 if it has not.
    private static func place(
        of name: HashedText, in given: UnsafeBufferPointer<SettingContext.Feature>
    ) -> Int {
        for index in 0..<given.count where given[index].name.hash == name.hash && given[index].name.text == name.text {
            return index
        }
        return -1
    }
}
