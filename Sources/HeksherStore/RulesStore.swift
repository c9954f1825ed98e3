public import HeksherDomain
public import JSON
import Postgres

// Rules.
extension Store {
    public func rule(_ id: Int) async throws -> Rule? {
        let rule = try await pool.run(RuleStatements.find(id)).first?.rule()
        try admit(rule?.setting)
        return rule
    }

    /// The id of the rule of a setting with exactly these conditions.
    public func ruleID(of setting: String, conditions: [Condition]) async throws -> Int? {
        let (features, values) = (conditions.map(\.feature), conditions.map(\.value))
        let found = try await pool.run(RuleStatements.withConditions(lookup(setting), features, values)).first
        try admit(found?.string(0))
        return try found?.ruleID(1)
    }

    public enum RuleAddition: Sendable {
        case added(id: Int)
        case unknownSetting
        /// The setting is not configurable by these.
        case notConfigurable([String])
        case wrongType(SettingType)
        case exists(id: Int)
    }

    /// Adds a rule, unless the setting has one with the same conditions.
    ///
    /// - Throws: `PostgresError`; ``Unstorable``.
    public func addRule(
        to name: String, conditions: [Condition], value: JSONValue, metadata: Metadata
    ) async throws -> RuleAddition {
        let (features, values) = (conditions.map(\.feature), conditions.map(\.value))
        let (addition, setting): (RuleAddition, String) = try await Unstorable.noticing(metadata: metadata) {
            try await transaction { transaction in
                let rows = try await transaction.run([
                    SettingStatements.lock(lookup(name)), SettingStatements.find(lookup(name)),
                    RuleStatements.withConditions(lookup(name), features, values),
                ])
                guard let setting = try locked(rows[0], rows[1]) else { return (.unknownSetting, name) }
                let others = features.filter { !setting.configurableFeatures.contains($0) }
                guard others.isEmpty else { return (.notConfigurable(others), setting.name) }
                guard setting.type.admits(value) else { return (.wrongType(setting.type), setting.name) }
                if let id = try rows[2].first?.ruleID(1) { return (.exists(id: id), setting.name) }
                let added = try await transaction.commit(with: [
                    RuleStatements.add(setting.name, value.text, features, values, metadata.keys, metadata.texts)
                ])
                guard let id = try added[0].first?.int(0) else {
                    throw PostgresError.unexpectedResult("a new rule has no id")
                }
                return (.added(id: id), setting.name)
            }
        }
        if case .added(let id) = addition { onChange(.ruleAdded(id, setting: setting)) }
        return addition
    }

    /// - Returns: whether there was such a rule.
    public func deleteRule(_ id: Int) async throws -> Bool {
        let setting: String? = try await transaction { transaction in
            guard let setting = try await transaction.run([RuleStatements.lock(id)])[0].first?.string(0) else {
                return nil
            }
            try admit(setting)
            try await transaction.commit(with: [RuleStatements.delete(id)])
            return setting
        }
        guard let setting else { return false }
        onChange(.ruleDeleted(id, setting: setting))
        return true
    }

    public enum RuleChange: Sendable {
        case changed
        case unknownRule
        case wrongType(SettingType)
    }

    public func changeValue(of id: Int, to value: JSONValue) async throws -> RuleChange {
        let (change, setting): (RuleChange, String) = try await transaction { transaction in
            let rows = try await transaction.run([RuleStatements.lockSetting(id), RuleStatements.exists(id)])
            guard let setting = rows[0].first else {
                // The lock finds nothing, too, if the setting was renamed while it waited.
                guard try rows[1].first?.bool(0) == false else { throw TransactionCollision() }
                return (.unknownRule, "")
            }
            let (name, type) = (try setting.string(0), try setting.type(1))
            try admit(name)
            guard type.admits(value) else { return (.wrongType(type), name) }
            let changed = try await transaction.commit(with: [RuleStatements.setValue(id, value.text)])
            return (changed[0].affectedCount == 1 ? .changed : .unknownRule, name)
        }
        if case .changed = change { onChange(.ruleValueChanged(id, setting: setting)) }
        return change
    }

    // MARK: Metadata

    /// - Returns: whether there is such a rule.
    /// - Throws: `PostgresError`; ``Unstorable``.
    public func mergeMetadata(_ metadata: Metadata, intoRule id: Int) async throws -> Bool {
        try await changeMetadata(
            of: id, setting: metadata, [RuleStatements.setMetadata(id, metadata.keys, metadata.texts)])
    }

    /// - Returns: whether there is such a rule.
    /// - Throws: `PostgresError`; ``Unstorable``.
    public func replaceMetadata(_ metadata: Metadata, ofRule id: Int) async throws -> Bool {
        try await changeMetadata(
            of: id, setting: metadata,
            [RuleStatements.clearMetadata(id), RuleStatements.setMetadata(id, metadata.keys, metadata.texts)])
    }

    /// - Returns: whether there is such a rule.
    public func deleteMetadata(_ key: String, ofRule id: Int) async throws -> Bool {
        try await changeMetadata(of: id, [RuleStatements.deleteMetadata(id, key)])
    }

    private func changeMetadata(
        of id: Int, setting metadata: Metadata = [:], _ queries: [Query]
    ) async throws -> Bool {
        let (setting, isChanged): (String?, Bool) = try await Unstorable.noticing(metadata: metadata) {
            try await transaction { transaction in
                guard let setting = try await transaction.run([RuleStatements.lock(id)])[0].first?.string(0) else {
                    return (nil, false)
                }
                try admit(setting)
                let rows = try await transaction.commit(with: queries)
                return (setting, rows.contains { $0.affectedCount > 0 })
            }
        }
        if let setting, isChanged { onChange(.ruleMetadataChanged(id, setting: setting)) }
        return setting != nil
    }
}

extension Rows.Row {
    /// `nil` where there is no rule.
    fileprivate func ruleID(_ column: Int) throws -> Int? { isNull(column) ? nil : try int(column) }
}
