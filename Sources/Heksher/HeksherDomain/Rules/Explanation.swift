/// The value of a setting in a context, with everything that was considered.
public struct Explanation: Sendable {
    /// A condition that does not match the context.
    public struct Mismatch: Hashable, Sendable {
        /// The feature and the value that the rule requires of it.
        public var condition: Condition
        /// The feature's value in the context; `nil` if the context lacks the feature.
        public var given: String?

        /// Creates a mismatch from a condition and the value in the context.
        public init(condition: Condition, given: String?) {
            self.condition = condition
            self.given = given
        }
    }

    /// The part of a rule in the decision.
    public enum Outcome: Hashable, Sendable {
        /// The rule applies, and no rule that applies has a higher priority.
        case wins
        /// The rule applies, and the winner has a higher priority.
        case loses
        /// At least one condition does not match.
        case doesNotMatch([Mismatch])
    }

    /// A rule and its part in the decision.
    public struct Entry: Sendable {
        /// The rule.
        public var rule: Rule
        /// Its part in the decision.
        public var outcome: Outcome
    }

    /// The winner first, then the other rules that apply in order of priority, then the remaining rules in the given order.
    public let entries: [Entry]
    /// The names in the context that are not context features, in the context's order.
    public let unknownFeatures: [String]

    /// The rule that determines the value; `nil` if the default applies.
    public var winner: Rule? {
        entries.first.flatMap { entry in entry.outcome == .wins ? entry.rule : nil }
    }

    /// - Parameters:
    ///   - rules: all rules of the setting, in the order of their IDs.
    ///   - features: the context features.
    public init(_ rules: [Rule], in context: Context, _ features: ContextFeatureOrder) {
        let conditions = rules.map(\.conditions)
        let winner = Resolver(conditions, features).winner(in: context)
        let mismatches = conditions.map { conditions in
            conditions.compactMap { condition -> Mismatch? in
                let given = context[condition.feature]
                if let given, given.hasSameBytes(as: condition.value) { return nil }
                return Mismatch(condition: condition, given: given)
            }
        }
        let applying = RulePriorities(conditions, features).groups.flatMap(\.rules).filter { mismatches[$0].isEmpty }
        entries =
            applying.map { Entry(rule: rules[$0], outcome: $0 == winner ? .wins : .loses) }
            + rules.indices.filter { !mismatches[$0].isEmpty }.map {
                Entry(rule: rules[$0], outcome: .doesNotMatch(mismatches[$0]))
            }
        unknownFeatures = features.unknown(in: context.names)
    }
}
