import HeksherDomain
import Synchronization

/// The values of settings in tests.
@usableFromInline enum Stubs {
    /// Whether there has ever been a stub. Without one, as everywhere except in tests, reading a setting costs nothing more.
    private static let everUsed = Atomic(false)
    @TaskLocal private static var rulesets: [ObjectIdentifier: any Sendable] = [:]

    @usableFromInline static var areInUse: Bool { everUsed.load(ordering: .relaxed) }

    @usableFromInline static func ruleset<Value>(of setting: Setting<Value>) -> Ruleset<Value>? {
        rulesets[ObjectIdentifier(setting)] as? Ruleset<Value>
    }

    /// The task-local value that contains the stubs, and the stubs with one more.
    static func adding<Value>(
        _ ruleset: Ruleset<Value>, for setting: Setting<Value>
    ) -> (TaskLocal<[ObjectIdentifier: any Sendable]>, [ObjectIdentifier: any Sendable]) {
        everUsed.store(true, ordering: .relaxed)
        var rulesets = rulesets
        rulesets[ObjectIdentifier(setting)] = ruleset
        return ($rulesets, rulesets)
    }
}

extension Setting {
    /// Gives the setting a value during an operation, for tests.
    ///
    /// ```swift
    /// try await Limits.cacheSize.withValue(10, rules: [["user": "ann"]: 500]) { try await testTheCache() }
    /// ```
    ///
    /// The value applies to the calling task and to the tasks that the operation starts, except detached ones. Tests that run at the same
    /// time do not see each other's values, and need no service.
    ///
    /// - Parameters:
    ///   - value: the value if no rule applies.
    ///   - rules: conditions and values. If several apply, the one with a condition on a later feature of ``configurableFeatures`` wins.
    public func withValue<Result>(
        _ value: Value, rules: KeyValuePairs<SettingContext, Value> = [:], operation: () throws -> Result
    ) rethrows -> Result {
        let (stubs, new) = Stubs.adding(stub(value, rules), for: self)
        return try stubs.withValue(new, operation: operation)
    }

    /// Gives the setting a value during an asynchronous operation, for tests.
    ///
    /// See the other method with this name.
    public func withValue<Result>(
        _ value: Value, rules: KeyValuePairs<SettingContext, Value> = [:],
        isolation: isolated (any Actor)? = #isolation, operation: () async throws -> Result
    ) async rethrows -> Result {
        let (stubs, new) = Stubs.adding(stub(value, rules), for: self)
        return try await stubs.withValue(new, operation: operation)
    }

    private func stub(_ value: Value, _ rules: KeyValuePairs<SettingContext, Value>) -> Ruleset<Value> {
        let rules = rules.map { conditions, value in
            Ruleset.Rule(
                conditions: conditions.context.features.map { Condition(feature: $0.name.text, value: $0.value.text) },
                value: value)
        }
        return Ruleset(value, rules, features: configurableFeatures)
    }
}
