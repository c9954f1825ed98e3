public import ContractJSON

/// The value of one setting in contexts that match all of the conditions.
public struct Rule: Hashable, Sendable, Identifiable {
    /// The number that the database gave the rule.
    public var id: Int
    /// The canonical name of the setting.
    public var setting: String
    /// The value of the setting in contexts that match. It fits the setting's type.
    public var value: JSONValue
    /// In the order of the context features, without repeated features.
    public var conditions: [Condition]
    /// The rule's metadata.
    public var metadata: Metadata
    /// The time at which the service deletes the rule, in UTC: `2026-11-28T10:00:00.123456Z`; `nil` if the rule stays.
    public var expiry: String?

    /// Creates a rule. It checks nothing.
    public init(
        id: Int, setting: String, value: JSONValue, conditions: [Condition], metadata: Metadata = [:],
        expiry: String? = nil
    ) {
        self.id = id
        self.setting = setting
        self.value = value
        self.conditions = conditions
        self.metadata = metadata
        self.expiry = expiry
    }
}

/// Requires that one context feature has exactly this value. Values are compared by their bytes.
public struct Condition: Sendable {
    /// The name of the context feature.
    public var feature: String
    /// The only value that matches.
    public var value: String

    /// Creates a condition from a feature and its value.
    public init(feature: String, value: String) {
        self.feature = feature
        self.value = value
    }
}

extension Condition: Hashable {
    /// Whether features and values have the same bytes.
    public static func == (left: Self, right: Self) -> Bool {
        left.feature == right.feature && left.value.hasSameBytes(as: right.value)
    }

    /// Hashes the feature and the bytes of the value.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(feature)
        hasher.combine(FeatureText(value))
    }
}

extension Sequence<Rule> {
    /// The IDs of the rules with a condition on one of the features, in order.
    func using(_ features: Set<String>) -> [Int] {
        filter { $0.conditions.contains { features.contains($0.feature) } }.map(\.id).sorted()
    }

    /// The rules whose value does not fit the type, in the order of their IDs.
    func notFitting(_ type: SettingType) -> [Rule] {
        filter { !type.admits($0.value) }.sorted { $0.id < $1.id }
    }
}
