import Synchronization

/// What settings are in tests.
@usableFromInline enum Stubs {
    /// Whether there has ever been one. Where there has not, which is everywhere but in tests, reading a setting costs
    /// nothing more.
    private static let everUsed = Atomic(false)
    @TaskLocal private static var rulesets: [ObjectIdentifier: any Sendable] = [:]

    @usableFromInline static var areInUse: Bool { everUsed.load(ordering: .relaxed) }

    @usableFromInline static func ruleset<Value>(of setting: Setting<Value>) -> Ruleset<Value>? {
        rulesets[ObjectIdentifier(setting)] as? Ruleset<Value>
    }

    /// The task-local in which they are, and the stubs with one more of them.
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
    /// Gives the setting a value for the time of an operation: for tests.
    ///
    /// ```swift
    /// try await Limits.cacheSize.withValue(10, rules: [["user": "ann"]: 500]) { try await testTheCache() }
    /// ```
    ///
    /// It is seen by the task that calls this and by those that the operation starts, except detached ones. Tests that run at
    /// the same time do not see each other's values, and no service is needed.
    ///
    /// - Parameters:
    ///   - value: the value where no rule applies.
    ///   - rules: conditions and values. Of several that apply the one wins that has a condition on a later feature of
    ///     ``configurableFeatures``.
    public func withValue<Result>(
        _ value: Value, rules: KeyValuePairs<SettingContext, Value> = [:], operation: () throws -> Result
    ) rethrows -> Result {
        let (stubs, new) = Stubs.adding(stub(value, rules), for: self)
        return try stubs.withValue(new, operation: operation)
    }

    /// Gives the setting a value for the time of an asynchronous operation: for tests.
    ///
    /// See the other method of this name.
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
                conditions: conditions.features.map { (feature: $0.name.text, value: $0.value.text) }, value: value)
        }
        return Ruleset(value, rules, features: configurableFeatures)
    }
}
