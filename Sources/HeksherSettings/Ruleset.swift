/// A setting's default, and its rules in the order in which they are asked whether they apply.
@usableFromInline final class Ruleset<Value: SettingValue>: Sendable {
    struct Rule {
        var conditions: [(feature: String, value: String)]
        var value: Value
    }

    @usableFromInline let defaultValue: Value
    @usableFromInline let conditions: RuleConditions
    /// The value of each rule.
    @usableFromInline let values: ContiguousArray<Value>

    /// - Parameter features: the context features, the most general first. One that is missing counts as more specific than
    ///   all that are there, as a new feature is.
    init(_ defaultValue: Value, _ rules: [Rule] = [], features: [String] = []) {
        let positions = Dictionary(features.enumerated().map { ($1, $0) }) { first, _ in first }
        /// A rule's features, the most specific first. What comes first decides, and a condition more beats one less:
        /// the order of priorities is the lexicographic one.
        func priority(_ rule: Rule) -> [Int] {
            rule.conditions.map { positions[$0.feature] ?? .max }.sorted(by: >)
        }
        let sorted = rules.map { (rule: $0, priority: priority($0)) }
            .sorted { $1.priority.lexicographicallyPrecedes($0.priority) }
        self.defaultValue = defaultValue
        conditions = RuleConditions(sorted.map(\.rule.conditions))
        values = ContiguousArray(sorted.map(\.rule.value))
    }

    @inlinable func value(for context: SettingContext) -> Value {
        conditions.firstMatch(in: context).map { values[$0] } ?? defaultValue
    }
}
