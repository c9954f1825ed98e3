public import ContractJSON

/// Settings with their rules, and the context features, as one document.
public struct SettingsDocument: Sendable {
    /// A context feature.
    public struct Feature: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The only values; `nil` if it may have any.
        public var values: [String]?

        /// Creates a context feature.
        public init(name: String, values: [String]? = nil) {
            self.name = name
            self.values = values
        }
    }

    /// A rule. Its conditions identify it within its setting.
    public struct Rule: Sendable, Hashable {
        /// The conditions, without repeated features.
        public var conditions: [Condition]
        /// The value if all conditions match.
        public var value: JSONValue
        /// The rule's metadata.
        public var metadata: Metadata
        /// The time at which the rule expires, as the domain's `Rule.expiry`; `nil` if it stays.
        public var expiry: String?

        /// Creates a rule.
        public init(conditions: [Condition], value: JSONValue, metadata: Metadata = [:], expiry: String? = nil) {
            self.conditions = conditions
            self.value = value
            self.metadata = metadata
            self.expiry = expiry
        }
    }

    /// A setting with its rules.
    public struct Entry: Sendable {
        /// The setting.
        public var setting: Setting
        /// The rules. No two of them have the same conditions.
        public var rules: [Rule]

        /// Creates an entry.
        public init(setting: Setting, rules: [Rule]) {
            self.setting = setting
            self.rules = rules
        }
    }

    /// The context features, the most general first; `nil` if the document says nothing about them.
    public var features: [Feature]?
    /// The settings, by name.
    public var entries: [Entry]

    /// Creates a document.
    public init(features: [Feature]?, entries: [Entry]) {
        self.features = features
        self.entries = entries
    }
}

extension SettingsDocument {
    /// All readable settings of some rows, sorted, with all their rules.
    ///
    /// - Parameter isIncluded: whether the document contains the setting with a name.
    public init(_ rows: TableRows, _ isIncluded: (String) -> Bool) {
        let order = rows.featureOrder
        let features = ContextFeatureOrder(order)
        let rules = Dictionary(grouping: rows.rules.keys) { rows.rules[$0]?.setting ?? "" }
        self.features = order.map { Feature(name: $0, values: rows.features[$0]?.values) }
        entries = rows.settings.keys.filter(isIncluded).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .compactMap { name -> Entry? in
                guard let setting = rows.setting(name, order: order) else { return nil }
                let found = (rules[name] ?? []).map { rows.rule($0, order: order) }
                let readable = found.compactMap(\.self)
                guard readable.count == found.count else { return nil }
                let sorted = readable.map { (key: $0.documentKey(features), rule: $0) }
                    .sorted { ($0.key, $0.rule.id) < ($1.key, $1.rule.id) }
                return Entry(
                    setting: setting,
                    rules: sorted.map { _, rule in
                        Rule(
                            conditions: rule.conditions, value: rule.value, metadata: rule.metadata,
                            expiry: rule.expiry)
                    })
            }
    }
}

extension Rule {
    /// A text by which a document sorts rules: by their conditions, in the order of the context features.
    fileprivate func documentKey(_ order: ContextFeatureOrder) -> DocumentKey {
        DocumentKey(parts: conditions.map { (order.index(of: $0.feature) ?? .max, Array($0.value.utf8)) })
    }
}

private struct DocumentKey: Comparable {
    var parts: [(Int, [UInt8])]

    static func == (left: Self, right: Self) -> Bool { !(left < right) && !(right < left) }

    static func < (left: Self, right: Self) -> Bool {
        left.parts.lexicographicallyPrecedes(right.parts) { first, second in
            first.0 != second.0 ? first.0 < second.0 : first.1.lexicographicallyPrecedes(second.1)
        }
    }
}
