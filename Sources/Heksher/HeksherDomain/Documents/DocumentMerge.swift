internal import ContractJSON

/// The rows after a document has been applied.
public struct DocumentMerge: Sendable {
    /// How to apply a document.
    public struct Options: Sendable {
        /// The beginning of the names of the settings that the document is about.
        public var prefix: String
        /// Whether to delete what is not in the document.
        public var prunes: Bool
        /// Whether to accept versions that are not higher than the stored ones.
        public var downgrades: Bool
        /// Whether context features can change.
        public var changesFeatures: Bool

        /// Creates options.
        public init(prefix: String = "", prunes: Bool = false, downgrades: Bool = false, changesFeatures: Bool = true) {
            self.prefix = prefix
            self.prunes = prunes
            self.downgrades = downgrades
            self.changesFeatures = changesFeatures
        }
    }

    /// The rows. New rules have negative IDs.
    public private(set) var rows: TableRows
    /// Settings that get another name.
    public private(set) var renamings: [(name: String, newName: String)] = []
    /// The reasons why the document cannot be applied.
    public private(set) var conflicts: [ChangeConflict] = []
    /// The number of new rules.
    public private(set) var newRuleCount = 0

    private let options: Options
    private var order: ContextFeatureOrder
    /// The IDs of the rules, by setting.
    private var rulesOfSettings: [String: [Int]]

    /// - Parameters:
    ///   - present: all settings that the document concerns, with their rules, and the context features.
    public init(_ document: SettingsDocument, into present: TableRows, _ options: Options) {
        rows = present
        self.options = options
        order = ContextFeatureOrder(present.featureOrder)
        rulesOfSettings = Dictionary(grouping: present.rules.keys.sorted()) { present.rules[$0]?.setting ?? "" }
        if let features = document.features { merge(features) }
        let names = Set(document.entries.map(\.setting.name))
        for entry in document.entries { merge(entry, names) }
        guard options.prunes else { return }
        for name in present.settings.keys where name.utf8.starts(with: options.prefix.utf8) && !names.contains(name) {
            if !renamings.contains(where: { $0.name == name }) { rows.removeSetting(name) }
        }
    }

    private mutating func conflict(_ message: String, setting: String? = nil) {
        conflicts.append(ChangeConflict(setting: setting, message: message))
    }

    // MARK: Context features

    private mutating func merge(_ features: [SettingsDocument.Feature]) {
        let names = Set(features.map(\.name))
        let stored = rows.featureOrder
        var merged = features.map(\.name)
        if !(options.prunes && options.prefix.isEmpty && options.changesFeatures) {
            // Each of the others stays behind its predecessor.
            var place = 0
            for name in stored {
                if let index = merged.firstIndex(of: name) {
                    place = index + 1
                } else {
                    merged.insert(name, at: place)
                    place += 1
                }
            }
        }
        var wanted: [String: TableRows.FeatureColumns] = [:]
        let isSameOrder = merged == stored
        for (index, name) in merged.enumerated() {
            wanted[name] = TableRows.FeatureColumns(
                index: isSameOrder ? rows.features[name]?.index : index,
                values: names.contains(name) ? features.first { $0.name == name }?.values : rows.features[name]?.values)
        }
        guard wanted != rows.features else { return }
        guard options.changesFeatures else {
            return conflict("the context features differ, and the token is limited to some settings")
        }
        rows.features = wanted
        order = ContextFeatureOrder(merged)
    }

    // MARK: Settings

    private mutating func merge(_ entry: SettingsDocument.Entry, _ names: Set<String>) {
        let name = entry.setting.name
        guard let former = formerName(of: entry.setting, names) else { return }
        let features = order.names
        let stored = former.isEmpty ? nil : rows.setting(former, order: features)
        if !former.isEmpty, stored == nil {
            return conflict(
                "the setting \(former.shortened()) cannot be read: declare it or delete it first", setting: name)
        }
        let unknown = order.unknown(in: entry.setting.configurableFeatures)
        guard unknown.isEmpty else {
            return conflict("the context features \(unknown.listText) do not exist", setting: name)
        }
        if former != name, !former.isEmpty {
            renamings.append((former, name))
            rows.rename(former, to: name)
            rulesOfSettings[name] = rulesOfSettings.removeValue(forKey: former)
        }
        merge(entry.rules, of: name)
        let rules = (rulesOfSettings[name] ?? []).compactMap { rows.rule($0, order: features) }
        guard let setting = wanted(entry.setting, stored, rules) else { return }
        rows.store(setting)
    }

    /// The name of the stored setting that the document describes; empty for a new setting, and `nil` after a conflict.
    private mutating func formerName(of setting: Setting, _ names: Set<String>) -> String? {
        let name = setting.name
        if rows.settings[name] != nil { return name }
        let owner = rows.aliases.first { $0.value.contains(name) && rows.settings[$0.key] != nil }?.key
        let candidates = Set([owner].compactMap(\.self) + setting.aliases.filter { rows.settings[$0] != nil })
        if let other = candidates.sorted().first(where: { names.contains($0) }) {
            conflict(
                "the setting \(other.shortened()) is in the document, too, and shares a name with \(name.shortened())",
                setting: name)
            return nil
        }
        guard candidates.count < 2 else {
            conflict("the names \(candidates.sorted().listText) belong to several settings", setting: name)
            return nil
        }
        return candidates.first ?? ""
    }

    /// The setting to store; `nil` if the stored one stays, or after a conflict.
    private mutating func wanted(_ given: Setting, _ stored: Setting?, _ rules: [Rule]) -> Setting? {
        var given = given
        given.configurableFeatures = order.sorted(given.configurableFeatures)
        guard let stored else {
            given.aliases = given.aliases.sorted()
            return given
        }
        var wanted: Setting
        let isSame =
            stored.type == given.type && stored.defaultValue == given.defaultValue
            && Set(stored.configurableFeatures) == Set(given.configurableFeatures) && stored.metadata == given.metadata
        if options.downgrades {
            wanted = stored.name == given.name ? stored : stored.renamed(to: given.name)
            if !isSame {
                (wanted.type, wanted.defaultValue, wanted.metadata) = (given.type, given.defaultValue, given.metadata)
                wanted.configurableFeatures = given.configurableFeatures
            }
            wanted.version = given.version
        } else if isSame, stored.name == given.name {
            wanted = stored
            wanted.version = max(stored.version, given.version)
        } else {
            let declaration = Declaration(
                name: given.name, configurableFeatures: given.configurableFeatures, type: given.type,
                defaultValue: given.defaultValue, metadata: given.metadata,
                alias: stored.name == given.name ? nil : stored.name, version: given.version)
            switch declaration.outcome(named: stored, aliased: stored, order: order, rules: rules) {
            case .upgraded(let setting, _, _, _): wanted = setting
            case .upToDate: wanted = stored
            case .mismatch(let differences), .outdated(_, let differences):
                conflict(
                    "the setting \(given.name.shortened()) differs from the stored one (\(differences.sentence)), and its version \(given.version) is not higher than the stored \(stored.version)",
                    setting: given.name)
                return nil
            case .rejected(let previous, let differences):
                conflict(
                    "version \(given.version) of the setting \(given.name.shortened()) does not allow the differences from version \(previous): \(differences.sentence)",
                    setting: given.name)
                return nil
            case .created, .versionMustBeInitial, .unknownAlias, .unrelatedAlias, .unknownFeatures:
                conflict("the setting \(given.name.shortened()) cannot be changed", setting: given.name)
                return nil
            }
        }
        if options.prunes {
            wanted.aliases = given.aliases.sorted()
        } else {
            wanted.aliases = Set(wanted.aliases + given.aliases).sorted()
        }
        return wanted == stored ? nil : wanted
    }

    // MARK: Rules

    private mutating func merge(_ rules: [SettingsDocument.Rule], of name: String) {
        let features = order.names
        var stored: [Set<Condition>: Rule] = [:]
        for id in rulesOfSettings[name] ?? [] {
            // One that cannot be read stays, or is deleted with the others.
            if let rule = rows.rule(id, order: features) { stored[Set(rule.conditions)] = rule }
        }
        var kept: Set<Int> = []
        for rule in rules {
            if var present = stored[Set(rule.conditions)] {
                kept.insert(present.id)
                if present.value != rule.value { present.value = rule.value }
                if present.metadata != rule.metadata { present.metadata = rule.metadata }
                present.expiry = rule.expiry
                rows.store(present)
            } else {
                newRuleCount += 1
                let new = Rule(
                    id: -newRuleCount, setting: name, value: rule.value, conditions: rule.conditions,
                    metadata: rule.metadata, expiry: rule.expiry)
                rows.store(new)
                rulesOfSettings[name, default: []].append(new.id)
                kept.insert(new.id)
            }
        }
        guard options.prunes else { return }
        for id in rulesOfSettings[name] ?? [] where !kept.contains(id) { rows.removeRule(id) }
        rulesOfSettings[name]?.removeAll { !kept.contains($0) }
    }

    /// Gives the new rules their IDs.
    ///
    /// - Parameter ids: as many as there are new rules.
    public mutating func number(_ ids: [Int]) {
        for (index, id) in ids.enumerated() { rows.renumberRule(-1 - index, to: id) }
    }
}

extension [Difference] {
    fileprivate var sentence: String {
        map { difference in
            switch difference.content {
            case .attribute(let attribute, _): attribute.rawValue
            case .message(let message): message
            }
        }.joined(separator: "; ").shortened(to: 1000)
    }
}

extension TableRows {
    /// Adds or replaces a setting.
    fileprivate mutating func store(_ setting: Setting) {
        let name = setting.name
        settings[name] = SettingColumns(
            type: setting.type.description, defaultValue: setting.defaultValue.text,
            version: setting.version.description)
        configurable[name] = Set(setting.configurableFeatures)
        aliases[name] = Set(setting.aliases)
        settingMetadata[name] = texts(of: setting.metadata, besides: settingMetadata[name])
    }

    /// Adds or replaces a rule.
    fileprivate mutating func store(_ rule: Rule) {
        rules[rule.id] = RuleColumns(setting: rule.setting, value: rule.value.text, expiry: rule.expiry)
        conditions[rule.id] = Dictionary(rule.conditions.map { ($0.feature, $0.value) }) { first, _ in first }
        ruleMetadata[rule.id] = texts(of: rule.metadata, besides: ruleMetadata[rule.id])
    }

    /// The texts of metadata. Equal values keep the text that they have.
    private func texts(of metadata: Metadata, besides stored: [String: String]?) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in metadata.pairs {
            if let text = stored?[key], let former = try? JSONValue(parsing: text, maximumDepth: 10_000),
                former == value
            {
                texts[key] = text
            } else {
                texts[key] = value.text
            }
        }
        return texts
    }

    fileprivate mutating func removeSetting(_ name: String) {
        (settings[name], configurable[name], settingMetadata[name], aliases[name]) = (nil, nil, nil, nil)
        for id in rules.keys where rules[id]?.setting == name { removeRule(id) }
    }

    fileprivate mutating func removeRule(_ id: Int) {
        (rules[id], conditions[id], ruleMetadata[id]) = (nil, nil, nil)
    }

    fileprivate mutating func renumberRule(_ id: Int, to newID: Int) {
        rules[newID] = rules.removeValue(forKey: id)
        conditions[newID] = conditions.removeValue(forKey: id)
        ruleMetadata[newID] = ruleMetadata.removeValue(forKey: id)
    }
}
