/// Compares the rows of one change with those of later changes: finds the later ones that have modified the same things, and the names that
/// its settings have now.
public struct LaterChanges: Sendable {
    /// A part of a setting, of a rule or of the context features that a row contains.
    fileprivate enum Part: Hashable {
        /// The name of a setting.
        case name(String)
        /// The type, the default value and the version of a setting.
        case columns(String)
        case configurable(String, String)
        case metadata(String, String)
        case alias(String, String)
        case rule(Int)
        case condition(Int, String)
        case ruleMetadata(Int, String)
        case feature(String)
    }

    /// The later changes that have modified the same things, without repeats, in order.
    public private(set) var conflicts: [ChangeConflict] = []
    /// The present names of the settings, by their names after the change.
    public private(set) var presentNames: [String: String] = [:]

    /// The parts that the change has modified.
    private var parts: Set<Part> = []
    /// The settings and rules that the change has added: undoing it deletes them with everything in them.
    private var addedSettings: Set<String> = []
    private var addedRules: Set<Int> = []
    /// The settings and rules that the change has deleted.
    private var deletedSettings: Set<String> = []
    private var deletedRules: Set<Int> = []
    /// All settings and rules of which it has modified a part. A rule is a part of its setting.
    private var settings: Set<String> = []
    private var rules: Set<Int> = []
    private var found: Set<ChangeConflict> = []

    /// - Parameters:
    ///   - own: the rows of the change, in order.
    ///   - later: the rows of later changes that concern the same settings, rules and context features, in order.
    public init(_ own: [RowChange], later: [RowChange]) {
        for row in own { add(row) }
        /// The names after the change, by the names at the time of a later row.
        var originals = Dictionary(settings.subtracting(deletedSettings).map { ($0, $0) }) { first, _ in first }
        for row in later { compare(row, &originals) }
        for (present, original) in originals { presentNames[original] = present }
    }

    private mutating func add(_ row: RowChange) {
        let (setting, part) = (row.setting ?? "", row.part ?? "")
        if let rule = row.rule { rules.insert(rule) }
        if row.setting != nil, row.kind != .renamed { settings.insert(setting) }
        switch row.kind {
        case .setting:
            parts.insert(.columns(setting))
            if row.before == nil { addedSettings.insert(setting) }
            deletedSettings.remove(setting)
        case .deletedSetting:
            deletedSettings.insert(setting)
            addedSettings.remove(setting)
        case .renaming:
            settings.remove(setting)
            settings.insert(part)
            parts = Set(parts.map { $0.renamed(setting, part) })
            parts.insert(.name(part))
            if addedSettings.remove(setting) != nil { addedSettings.insert(part) }
        case .configurable: parts.insert(.configurable(setting, part))
        case .settingMetadata: parts.insert(.metadata(setting, part))
        case .alias: parts.insert(.alias(setting, part))
        case .rule:
            parts.insert(.rule(row.rule ?? 0))
            if row.before == nil { addedRules.insert(row.rule ?? 0) }
        case .deletedRule:
            deletedRules.insert(row.rule ?? 0)
            addedRules.remove(row.rule ?? 0)
        case .condition: parts.insert(.condition(row.rule ?? 0, part))
        case .ruleMetadata: parts.insert(.ruleMetadata(row.rule ?? 0, part))
        case .contextFeature: parts.insert(.feature(part))
        case .renamed, .movedRule, .emptied: break
        }
    }

    /// - Parameter originals: the names of the settings after the change, by their present names.
    private mutating func compare(_ row: RowChange, _ originals: inout [String: String]) {
        let part = row.part ?? ""
        if let rule = row.rule {
            let conflicts =
                switch row.kind {
                case .rule: parts.contains(.rule(rule)) || row.before == nil && rules.contains(rule)
                case .deletedRule: rules.contains(rule) && !deletedRules.contains(rule)
                case .condition: parts.contains(.condition(rule, part))
                case .ruleMetadata: parts.contains(.ruleMetadata(rule, part))
                default: false
                }
            if conflicts || addedRules.contains(rule) {
                add(row.change, row.setting, rule)
            } else if let name = row.setting, let original = originals[name], addedSettings.contains(original) {
                add(row.change, name, nil)
            }
            return
        }
        if row.kind == .contextFeature {
            if parts.contains(.feature(part)) { add(row.change, nil, nil) }
            return
        }
        guard let name = row.setting else { return }
        guard let original = originals[name] else {
            // The name of a deleted setting was used again.
            if row.kind == .setting, row.before == nil, deletedSettings.contains(name) { add(row.change, name, nil) }
            return
        }
        let conflicts =
            switch row.kind {
            case .setting: parts.contains(.columns(original))
            case .deletedSetting: true
            case .renaming: parts.contains(.name(original))
            case .configurable: parts.contains(.configurable(original, part))
            case .settingMetadata: parts.contains(.metadata(original, part))
            case .alias: parts.contains(.alias(original, part))
            default: false
            }
        if conflicts || addedSettings.contains(original) { add(row.change, name, nil) }
        if row.kind == .renaming {
            originals[name] = nil
            originals[part] = original
        } else if row.kind == .deletedSetting {
            originals[name] = nil
        }
    }

    private mutating func add(_ change: Int, _ setting: String?, _ rule: Int?) {
        let subject =
            if let rule {
                setting.map { "rule \(rule) of the setting \($0.shortened())" } ?? "rule \(rule)"
            } else {
                setting.map { "the setting \($0.shortened())" } ?? "the context features"
            }
        let conflict = ChangeConflict(
            change: change, setting: setting, rule: rule, message: "change \(change) has modified \(subject)")
        if found.insert(conflict).inserted { conflicts.append(conflict) }
    }
}

extension LaterChanges.Part {
    fileprivate func renamed(_ name: String, _ newName: String) -> Self {
        switch self {
        case .name(name): .name(newName)
        case .columns(name): .columns(newName)
        case .configurable(name, let part): .configurable(newName, part)
        case .metadata(name, let part): .metadata(newName, part)
        case .alias(name, let part): .alias(newName, part)
        default: self
        }
    }
}
