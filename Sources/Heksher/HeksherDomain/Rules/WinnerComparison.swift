public import ContractJSON

/// The contexts in which a setting has another value after a change of its default or its rules.
///
/// If the winners before and after the change differ in a context, they also differ in the context that has only the conditions of these
/// two winners: both still match, and fewer rules compete with them. So the conditions of all pairs of a former and a present rule, where a
/// missing rule stands for the default, contain all contexts to examine. If the order of the context features is the same, one rule of the
/// pair is new, changed or deleted, because two unchanged rules have the same winner before and after.
public struct WinnerComparison: Sendable {
    /// A setting with all its rules at a moment.
    public struct State: Sendable {
        /// The value if no rule applies.
        public var defaultValue: JSONValue
        /// In the order of their IDs.
        public var rules: [Rule]
        /// The context features.
        public var order: ContextFeatureOrder

        /// Creates a state.
        public init(defaultValue: JSONValue, rules: [Rule], order: ContextFeatureOrder) {
            self.defaultValue = defaultValue
            self.rules = rules
            self.order = order
        }
    }

    /// The value of a setting in a context.
    public struct Winner: Sendable, Hashable {
        /// The value.
        public var value: JSONValue
        /// The rule that wins; `nil` if the default applies.
        public var rule: Int?
    }

    /// A context in which the value changes.
    public struct Difference: Sendable {
        /// The context, in the order of the context features.
        public var context: [Condition]
        /// `nil` if the setting did not exist.
        public var before: Winner?
        /// `nil` if the setting does not exist any more.
        public var after: Winner?
    }

    /// The contexts in which the value changes: those with fewer conditions first, then by their texts.
    public private(set) var differences: [Difference] = []
    /// Whether all contexts were examined.
    public private(set) var isComplete = true

    /// Compares two states of a setting.
    ///
    /// - Parameters:
    ///   - before: `nil` if the setting did not exist.
    ///   - after: `nil` if the setting does not exist any more.
    ///   - budget: the number of contexts that may be examined; decreases by those that were.
    public init(before: State?, after: State?, budget: inout Int) {
        let (old, new) = (before?.rules ?? [], after?.rules ?? [])
        let order = (after ?? before)?.order ?? ContextFeatureOrder([String]())
        let oldResolver = Resolver(old.map(\.conditions), before?.order ?? order)
        let newResolver = Resolver(new.map(\.conditions), after?.order ?? order)
        let formerRules = Dictionary(old.map { ($0.id, $0) }) { first, _ in first }
        let presentRules = Dictionary(new.map { ($0.id, $0) }) { first, _ in first }
        let isSameOrder = Self.isSame(before?.order, after?.order)
        func isChanged(_ rule: Rule, _ others: [Int: Rule]) -> Bool {
            guard isSameOrder, let other = others[rule.id] else { return true }
            return other.value != rule.value || Set(other.conditions) != Set(rule.conditions)
        }
        let changed = old.filter { isChanged($0, presentRules) } + new.filter { isChanged($0, formerRules) }
        var examined: Set<Set<Condition>> = []
        func examine(_ conditions: [Condition]) {
            guard budget > 0 else {
                isComplete = false
                return
            }
            guard examined.insert(Set(conditions)).inserted else { return }
            budget -= 1
            var context = Context()
            for condition in conditions { context[condition.feature] = condition.value }
            let former = before.map { Self.winner($0, oldResolver, context) }
            let present = after.map { Self.winner($0, newResolver, context) }
            guard former?.value != present?.value || (former == nil) != (present == nil) else { return }
            let names = order.sorted(conditions.map(\.feature))
            differences.append(
                Difference(
                    context: names.map { Condition(feature: $0, value: context[$0] ?? "") }, before: former,
                    after: present))
        }
        if before?.defaultValue != after?.defaultValue { examine([]) }
        // Two rules with conditions on the same features match together only if they have the same conditions.
        let groups = Dictionary(grouping: old + new) { Set($0.conditions.map(\.feature)) }
        for rule in changed where isComplete {
            examine(rule.conditions)
            let features = Set(rule.conditions.map(\.feature))
            for (others, rules) in groups where others != features {
                for other in rules where isComplete {
                    if let union = Self.union(rule.conditions, other.conditions) { examine(union) }
                }
            }
        }
        differences.sort { ($0.context.count, $0.text) < ($1.context.count, $1.text) }
    }

    private static func winner(_ state: State, _ resolver: Resolver, _ context: Context) -> Winner {
        let rule = resolver.winner(in: context).map { state.rules[$0] }
        return Winner(value: rule?.value ?? state.defaultValue, rule: rule?.id)
    }

    /// Whether the features that both orders have are in the same order.
    private static func isSame(_ order: ContextFeatureOrder?, _ other: ContextFeatureOrder?) -> Bool {
        guard let order, let other, order != other else { return true }
        return order.names.filter { other.index(of: $0) != nil } == other.names.filter { order.index(of: $0) != nil }
    }

    /// The conditions of both lists; `nil` if no context matches both.
    private static func union(_ conditions: [Condition], _ others: [Condition]) -> [Condition]? {
        var union = conditions
        for other in others {
            guard let same = conditions.first(where: { $0.feature == other.feature }) else {
                union.append(other)
                continue
            }
            guard same == other else { return nil }
        }
        return union
    }
}

extension WinnerComparison.Difference {
    fileprivate var text: String {
        context.map { "\($0.feature):\(FeatureValue.written($0.value))" }.joined(separator: ",")
    }
}
