import ContractJSON

/// The rows of some settings, rules and context features at a moment. From the present rows, ``undo(_:)`` leads back in time.
public struct TableRows: Sendable, Hashable {
    /// The columns of a setting, as they are stored.
    public struct SettingColumns: Sendable, Hashable {
        /// The type.
        public var type: String
        /// The default value, as JSON.
        public var defaultValue: String
        /// The version.
        public var version: String

        /// Creates the columns of a setting.
        public init(type: String, defaultValue: String, version: String) {
            self.type = type
            self.defaultValue = defaultValue
            self.version = version
        }
    }

    /// The columns of a rule, as they are stored.
    public struct RuleColumns: Sendable, Hashable {
        /// The setting.
        public var setting: String
        /// The value, as JSON.
        public var value: String
        /// The time at which the rule expires, as ``Rule/expiry`` has it.
        public var expiry: String?

        /// Creates the columns of a rule.
        public init(setting: String, value: String, expiry: String? = nil) {
            self.setting = setting
            self.value = value
            self.expiry = expiry
        }
    }

    /// The columns of a context feature.
    public struct FeatureColumns: Sendable, Hashable {
        /// The place in the order; `nil` if SQL has stored none.
        public var index: Int?
        /// The only values of the feature; `nil` if it may have any.
        public var values: [String]?

        /// Creates the columns of a context feature.
        public init(index: Int?, values: [String]?) {
            self.index = index
            self.values = values
        }
    }

    /// By name.
    public var settings: [String: SettingColumns] = [:]
    /// The configurable features of settings.
    public var configurable: [String: Set<String>] = [:]
    /// The metadata of settings, as JSON.
    public var settingMetadata: [String: [String: String]] = [:]
    /// The aliases of settings.
    public var aliases: [String: Set<String>] = [:]
    /// By ID.
    public var rules: [Int: RuleColumns] = [:]
    /// The conditions of rules.
    public var conditions: [Int: [String: String]] = [:]
    /// The metadata of rules, as JSON.
    public var ruleMetadata: [Int: [String: String]] = [:]
    /// By name.
    public var features: [String: FeatureColumns] = [:]

    /// No rows.
    public init() {}

    /// Restores a row that a change has added, changed or removed.
    ///
    /// The rows of a change, and the changes, are undone in the opposite order. A row of another setting than those that are here has no
    /// meaning.
    public mutating func undo(_ row: RowChange) {
        let (setting, rule, part) = (row.setting ?? "", row.rule ?? 0, row.part ?? "")
        switch row.kind {
        case .setting, .deletedSetting:
            guard let value = row.before else { return remove(setting) }
            let columns = part.split(separator: "\u{1F}", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            settings[setting] = SettingColumns(
                type: columns.count > 1 ? columns[1] : "", defaultValue: value, version: columns.first ?? "")
        case .renaming: rename(part, to: setting)
        case .configurable:
            if row.before == nil {
                configurable[setting]?.remove(part)
            } else {
                configurable[setting, default: []].insert(part)
            }
        case .alias:
            if row.before == nil { aliases[setting]?.remove(part) } else { aliases[setting, default: []].insert(part) }
        case .settingMetadata: settingMetadata[setting, default: [:]][part] = row.before == nil ? nil : row.value ?? ""
        case .rule, .deletedRule:
            guard let value = row.before else {
                (rules[rule], conditions[rule], ruleMetadata[rule]) = (nil, nil, nil)
                return
            }
            rules[rule] = RuleColumns(
                setting: row.kind == .rule ? row.part ?? setting : setting, value: value,
                expiry: row.value.flatMap { (try? JSONValue(parsing: $0))?.string })
        case .condition: conditions[rule, default: [:]][part] = row.before
        case .ruleMetadata: ruleMetadata[rule, default: [:]][part] = row.before == nil ? nil : row.value ?? ""
        case .contextFeature: features[part] = row.before == nil ? nil : FeatureColumns(json: row.value ?? "")
        case .renamed, .movedRule, .emptied: break
        }
    }

    private mutating func remove(_ setting: String) {
        (settings[setting], configurable[setting], settingMetadata[setting], aliases[setting]) = (nil, nil, nil, nil)
    }

    /// Gives a setting another name.
    public mutating func rename(_ name: String, to other: String) {
        settings[other] = settings.removeValue(forKey: name)
        configurable[other] = configurable.removeValue(forKey: name)
        settingMetadata[other] = settingMetadata.removeValue(forKey: name)
        aliases[other] = aliases.removeValue(forKey: name)
        for id in rules.keys where rules[id]?.setting == name { rules[id]?.setting = other }
    }
}

extension JSONValue {
    fileprivate var string: String? { if case .string(let text) = content { text } else { nil } }
}

extension TableRows.FeatureColumns {
    /// Reads `[0,["prod","test"]]`.
    fileprivate init?(json: String) {
        guard case .array(let columns)? = (try? JSONValue(parsing: json))?.content, columns.count == 2 else {
            return nil
        }
        var values: [String]?
        if case .array(let elements) = columns[1].content {
            values = elements.compactMap { if case .string(let text) = $0.content { text } else { nil } }
        }
        self.init(index: Int(columns[0].text), values: values)
    }
}

// The domain's values of rows.
extension TableRows {
    /// The names of the context features, the most general first.
    public var featureOrder: [String] {
        features.sorted { ($0.value.index ?? .max, $0.key) < ($1.value.index ?? .max, $1.key) }.map(\.key)
    }

    /// A setting; `nil` if it is not there, or cannot be read.
    ///
    /// - Parameter order: the context features in order. Others come last.
    public func setting(_ name: String, order: [String]) -> Setting? {
        guard let columns = settings[name], let type = try? SettingType(parsing: columns.type),
            let value = try? JSONValue(parsing: columns.defaultValue, maximumDepth: 10_000),
            let version = Version(columns.version)
        else { return nil }
        return Setting(
            name: name, type: type, defaultValue: value,
            configurableFeatures: Self.sorted(configurable[name] ?? [], order),
            metadata: Self.metadata(settingMetadata[name]), aliases: (aliases[name] ?? []).sorted(), version: version)
    }

    /// A rule; `nil` if it is not there, or cannot be read.
    ///
    /// - Parameter order: the context features in order. Others come last.
    public func rule(_ id: Int, order: [String]) -> Rule? {
        guard let columns = rules[id], let value = try? JSONValue(parsing: columns.value, maximumDepth: 10_000) else {
            return nil
        }
        let conditions = conditions[id] ?? [:]
        return Rule(
            id: id, setting: columns.setting, value: value,
            conditions: Self.sorted(conditions.keys, order).map { feature in
                Condition(feature: feature, value: conditions[feature] ?? "")
            }, metadata: Self.metadata(ruleMetadata[id]), expiry: columns.expiry)
    }

    private static func sorted(_ features: some Sequence<String>, _ order: [String]) -> [String] {
        let places = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        return features.sorted { (places[$0] ?? .max, $0) < (places[$1] ?? .max, $1) }
    }

    /// As PostgreSQL sorts them.
    private static func metadata(_ texts: [String: String]?) -> Metadata {
        Metadata(
            (texts ?? [:]).sorted { $0.key < $1.key }.compactMap { key, text in
                (try? JSONValue(parsing: text, maximumDepth: 10_000)).map { (key: key, value: $0) }
            })
    }
}
