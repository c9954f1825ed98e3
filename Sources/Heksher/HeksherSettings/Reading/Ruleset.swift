import HeksherDomain

/// A setting's default, and its rules.
@usableFromInline final class Ruleset<Value: SettingValue>: Sendable {
    struct Rule {
        var conditions: [Condition]
        var value: Value
    }

    @usableFromInline let defaultValue: Value
    private let resolver: Resolver
    /// The value of each rule.
    @usableFromInline let values: ContiguousArray<Value>

    /// - Parameter features: the context features, the most general first. A missing feature counts as more specific than all of them,
    ///   because new features are added at the end.
    init(_ defaultValue: Value, _ rules: [Rule] = [], features: [String] = []) {
        self.defaultValue = defaultValue
        resolver = Resolver(rules.map(\.conditions), ContextFeatureOrder(features))
        values = ContiguousArray(rules.map(\.value))
    }

    @inlinable func value(for context: SettingContext) -> Value {
        let winner = winner(in: context)
        return winner < 0 ? defaultValue : values[winner]
    }

    /// The index of the rule that wins; -1 if no rule applies.
    @usableFromInline func winner(in context: SettingContext) -> Int {
        resolver.winner(in: context.context) ?? -1
    }
}
