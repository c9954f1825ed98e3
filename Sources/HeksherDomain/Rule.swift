public import JSON

/// The value of one setting where all of the conditions hold.
public struct Rule: Hashable, Sendable, Identifiable {
    public var id: Int
    /// The canonical name of the setting.
    public var setting: String
    public var value: JSONValue
    /// In the order of the context features; no feature comes twice.
    public var conditions: [Condition]
    public var metadata: Metadata

    public init(
        id: Int, setting: String, value: JSONValue, conditions: [Condition], metadata: Metadata = [:]
    ) {
        self.id = id
        self.setting = setting
        self.value = value
        self.conditions = conditions
        self.metadata = metadata
    }
}

/// What a rule asks of one context feature: that it has exactly this value.
public struct Condition: Hashable, Sendable {
    public var feature: String
    public var value: String

    public init(feature: String, value: String) {
        self.feature = feature
        self.value = value
    }
}

extension Sequence<Rule> {
    /// The ids of the rules with a condition on one of the features, in order.
    func using(_ features: Set<String>) -> [Int] {
        filter { $0.conditions.contains { features.contains($0.feature) } }.map(\.id).sorted()
    }

    /// The rules whose value is none of the type's, in the order of their ids.
    func notFitting(_ type: SettingType) -> [Rule] {
        filter { !type.admits($0.value) }.sorted { $0.id < $1.id }
    }
}
