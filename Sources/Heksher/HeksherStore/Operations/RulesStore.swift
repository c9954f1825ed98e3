public import ContractJSON
public import HeksherDomain
import LibPQ

// Rules.
extension Store {
    /// - Throws: ``UnreadableSetting`` if the rule cannot be read; `PostgresError`.
    public func rule(_ id: Int) async throws -> Rule? {
        guard let row = try await run(RuleStatements.find(id)).first else { return nil }
        try admit(row.string(1))
        return try reporting { try row.rule() }
    }

    /// Reads rules. An unreadable setting is reported if it is new.
    func reporting<Value>(_ read: () throws -> Value) throws -> Value {
        do {
            return try read()
        } catch let error as UnreadableSetting {
            unreadable.add(.query, error)
            throw error
        }
    }

    /// The ID of the setting's rule with exactly these conditions. In a transaction of several operations, no other transaction adds such a
    /// rule from then on.
    public func ruleID(of setting: String, conditions: [Condition]) async throws -> Int? {
        if let joined {
            return try await lockedSetting(setting, joined.transaction, joined).flatMap {
                joined.rule(of: $0.setting, conditions)
            }
        }
        let (features, values) = (conditions.map(\.feature), conditions.map(\.value))
        let found = try await run(RuleStatements.withConditions(lookup(setting), features, values, 0)).first
        try admit(found?.string(0))
        return try found?.ruleID(1)
    }

    /// The outcome of adding a rule.
    public enum RuleAddition: Sendable {
        /// The rule has been added, with this ID.
        case added(id: Int)
        /// No setting has the name or alias.
        case unknownSetting
        /// The setting is not configurable by these features.
        case notConfigurable([String])
        /// The conditions have values that are not in the lists of their features.
        case refusedValues([RefusedFeatureValue])
        /// The value does not fit the setting's type, which is this one.
        case wrongType(SettingType)
        /// The setting has a rule with the same conditions, with this ID.
        case exists(id: Int)
    }

    /// Adds a rule, unless the setting has one with the same conditions.
    ///
    /// - Parameter expiry: the time at which the service deletes the rule, in microseconds since 1970-01-01T00:00:00Z.
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``.
    public func addRule(
        to name: String, conditions: [Condition], value: JSONValue, metadata: Metadata, expiry: Int? = nil
    ) async throws -> RuleAddition {
        let (features, values) = (conditions.map(\.feature), conditions.map(\.value))
        let limits = meter.limits
        let (addition, setting): (RuleAddition, String) = try await Unstorable.noticing(metadata: metadata) {
            try limits.check(value)
            try limits.check(metadata)
            return try await storing {
                try await transaction(keepsLocked: true) { transaction in
                    guard let place = try await place(for: conditions, in: name, transaction) else {
                        return (.unknownSetting, name)
                    }
                    let setting = place.setting
                    let configurableFeatures = Set(setting.configurableFeatures)
                    let others = features.filter { !configurableFeatures.contains($0) }
                    guard others.isEmpty else { return (.notConfigurable(others), setting.name) }
                    guard place.refused.isEmpty else { return (.refusedValues(place.refused), setting.name) }
                    guard setting.type.admits(value) else { return (.wrongType(setting.type), setting.name) }
                    if let id = place.rule { return (.exists(id: id), setting.name) }
                    if place.ruleCount >= limits.rulesPerSetting {
                        throw StorageFull.rules(limit: limits.rulesPerSetting)
                    }
                    let added = try await commit(
                        transaction,
                        with: [
                            RuleStatements.add(
                                setting.name, value.text, features, values, metadata.keys, metadata.texts, expiry)
                        ], growth: StorageUsage(ruleOf: setting.name, conditions, value, metadata))
                    guard let id = try added[0].first?.int(0) else {
                        throw PostgresError.unexpectedResult("a new rule has no id")
                    }
                    joined?.keep(rule: id, of: setting.name, size: value.bytes.count, conditions: conditions)
                    return (.added(id: id), setting.name)
                }
            }
        }
        if case .added(let id) = addition { onChange(.ruleAdded(id, setting: setting)) }
        return addition
    }

    /// A setting, and the facts that decide about a new rule.
    private struct RulePlace {
        var setting: Setting
        /// The rule with the same conditions.
        var rule: Int?
        /// Counted up to the limit.
        var ruleCount: Int
        /// The values that their features may not have.
        var refused: [RefusedFeatureValue]
    }

    /// Locks a setting, and looks for a rule with the same conditions.
    ///
    /// - Returns: `nil` if no setting has the name.
    private func place(
        for conditions: [Condition], in name: String, _ transaction: Transaction
    ) async throws -> RulePlace? {
        if let joined { return try await place(for: conditions, in: name, transaction, joined) }
        let (features, values) = (conditions.map(\.feature), conditions.map(\.value))
        let rows = try await transaction.run([
            SettingStatements.lock(lookup(name)), SettingStatements.find(lookup(name)),
            RuleStatements.withConditions(lookup(name), features, values, meter.limits.rulesPerSetting),
            FeatureValuesStatements.check(features, values),
        ])
        guard let setting = try locked(rows[0], rows[1]) else { return nil }
        return RulePlace(
            setting: setting, rule: try rows[2].first?.ruleID(1), ruleCount: try rows[2].first?.int(2) ?? 0,
            refused: rows[3].refusedValues(in: conditions))
    }

    /// The same in a transaction of several operations, which reads each setting with the conditions of its rules once.
    private func place(
        for conditions: [Condition], in name: String, _ transaction: Transaction, _ joined: JoinedTransaction
    ) async throws -> RulePlace? {
        guard let locked = try await lockedSetting(name, transaction, joined) else { return nil }
        let features = conditions.map(\.feature)
        var refused: [RefusedFeatureValue] = []
        if let lists = joined.lists(features) {
            refused = conditions.compactMap { lists.refused(feature: $0.feature, value: $0.value) }
        } else {
            let rows = try await transaction.run([
                FeatureValuesStatements.lockLists(features),
                FeatureValuesStatements.check(features, conditions.map(\.value)),
            ])
            refused = rows[1].refusedValues(in: conditions)
            var lists: [String: FeatureValueList?] = [:]
            for row in rows[0] where try row.bool(2) { lists[try row.string(0)] = .some(row.featureValues(1)) }
            joined.keep(lists: lists)
        }
        return RulePlace(
            setting: locked.setting, rule: joined.rule(of: locked.setting, conditions), ruleCount: locked.ruleCount,
            refused: refused)
    }

    /// Locks a setting, unless the transaction has done so before.
    private func lockedSetting(
        _ name: String, _ transaction: Transaction, _ joined: JoinedTransaction
    ) async throws -> (setting: Setting, ruleCount: Int)? {
        if let known = joined.setting(name) { return known }
        let rows = try await transaction.run([
            SettingStatements.lock(lookup(name)), SettingStatements.find(lookup(name)),
            RuleStatements.conditionsOfSetting(lookup(name)),
        ])
        guard let setting = try locked(rows[0], rows[1]) else { return nil }
        let locked = try await computing(with: rows) {
            var locked = LockedSetting(setting: setting, rules: [:], sizes: [:])
            for row in rows[2] {
                let id = try row.int(0)
                locked.sizes[id] = row.isNull(1) ? 0 : try row.int(1)
                // No request can name the conditions of an unreadable rule.
                if let conditions = try? row.conditions(2) { locked.rules[Set(conditions)] = id }
            }
            return locked
        }
        joined.keep(locked, for: name)
        return (setting, locked.sizes.count)
    }

    /// - Returns: whether the rule existed.
    /// - Throws: `PostgresError`; ``PreconditionFailed``.
    public func deleteRule(_ id: Int, if precondition: Precondition? = nil) async throws -> Bool {
        let setting: String? = try await transaction(keepsLocked: true) { transaction in
            guard let setting = try await transaction.run([RuleStatements.lock(id)])[0].first?.string(0) else {
                return nil
            }
            try admit(setting)
            try await check(precondition, rule: id, transaction)
            try await transaction.commit(with: [RuleStatements.delete(id)])
            joined?.remove(rule: id)
            return setting
        }
        guard let setting else { return false }
        onChange(.ruleDeleted(id, setting: setting))
        return true
    }

    /// The outcome of changing a rule's value.
    public enum RuleChange: Sendable {
        /// The value has been changed.
        case changed
        /// There is no rule with this ID.
        case unknownRule
        /// The value does not fit the setting's type, which is this one.
        case wrongType(SettingType)
    }

    /// Changes a rule's value, which must fit the setting's type.
    ///
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``; ``PreconditionFailed``.
    public func changeValue(
        of id: Int, to value: JSONValue, if precondition: Precondition? = nil
    ) async throws -> RuleChange {
        try meter.limits.check(value)
        let (change, setting): (RuleChange, String) = try await storing {
            try await transaction(keepsLocked: true) { transaction in
                if precondition == nil, let joined, let (setting, size) = joined.setting(ofRule: id) {
                    guard setting.type.admits(value) else { return (.wrongType(setting.type), setting.name) }
                    _ = try await commit(
                        transaction, with: [RuleStatements.setValue(id, value.text)],
                        growth: StorageUsage(bytes: value.bytes.count - size))
                    joined.keep(rule: id, of: setting.name, size: value.bytes.count)
                    return (.changed, setting.name)
                }
                let rows = try await transaction.run([RuleStatements.lockSetting(id), RuleStatements.exists(id)])
                guard let setting = rows[0].first else {
                    // The lock also finds nothing if the setting was renamed while the transaction waited for it.
                    guard try rows[1].first?.bool(0) == false else { throw TransactionCollision() }
                    return (.unknownRule, "")
                }
                let name = try setting.string(0)
                try admit(name)
                try await check(precondition, rule: id, transaction)
                let type = try type(of: name, setting)
                guard type.admits(value) else { return (.wrongType(type), name) }
                let changed = try await commit(
                    transaction, with: [RuleStatements.setValue(id, value.text)],
                    growth: StorageUsage(bytes: value.bytes.count - ((try? setting.int(2)) ?? 0)))
                return (changed[0].affectedCount == 1 ? .changed : .unknownRule, name)
            }
        }
        if case .changed = change { onChange(.ruleValueChanged(id, setting: setting)) }
        return change
    }

    /// Sets the time at which the service deletes a rule.
    ///
    /// - Parameter expiry: in microseconds since 1970-01-01T00:00:00Z; `nil` if the rule stays.
    /// - Returns: whether the rule exists.
    /// - Throws: `PostgresError`.
    public func setExpiry(_ expiry: Int?, ofRule id: Int) async throws -> Bool {
        try await transaction(keepsLocked: true) { transaction in
            guard let setting = try await transaction.run([RuleStatements.lock(id)])[0].first?.string(0) else {
                return false
            }
            try admit(setting)
            try await transaction.commit(with: [RuleStatements.setExpiry(id, expiry)])
            onChange(.ruleExpirySet(id, setting: setting))
            return true
        }
    }

    /// Checks a precondition for a rule. The transaction must have locked the rule's setting.
    ///
    /// - Throws: ``PreconditionFailed``; ``UnreadableSetting``; `PostgresError`.
    private func check(_ precondition: Precondition?, rule id: Int, _ transaction: Transaction) async throws {
        guard let precondition, let row = try await transaction.run([RuleStatements.find(id)])[0].first else { return }
        try precondition.check(id, reporting { try row.rule() })
    }

    /// The type of a rule's setting, from the second column.
    private func type(of setting: String, _ row: Rows.Row) throws(UnreadableSetting) -> SettingType {
        do {
            return try row.type(1)
        } catch {
            throw UnreadableSetting(name: setting, error)
        }
    }

    // MARK: Metadata

    /// - Returns: whether the rule exists.
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``; ``PreconditionFailed``.
    public func mergeMetadata(
        _ metadata: Metadata, intoRule id: Int, if precondition: Precondition? = nil
    ) async throws -> Bool {
        let keys = Set(metadata.keys)
        return try await changeMetadata(
            of: id, if: precondition, setting: metadata,
            [RuleStatements.setMetadata(id, metadata.keys, metadata.texts)],
            keeping: { !keys.contains($0) })
    }

    /// - Returns: whether the rule exists.
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``; ``PreconditionFailed``.
    public func replaceMetadata(
        _ metadata: Metadata, ofRule id: Int, if precondition: Precondition? = nil
    ) async throws -> Bool {
        try await changeMetadata(
            of: id, if: precondition, setting: metadata,
            [RuleStatements.clearMetadata(id), RuleStatements.setMetadata(id, metadata.keys, metadata.texts)],
            keeping: { _ in false })
    }

    /// - Returns: whether the rule exists.
    /// - Throws: `PostgresError`; ``PreconditionFailed``.
    public func deleteMetadata(
        _ key: String, ofRule id: Int, if precondition: Precondition? = nil
    ) async throws -> Bool {
        try await changeMetadata(
            of: id, if: precondition, [RuleStatements.deleteMetadata(id, key)], keeping: { $0 != key })
    }

    /// - Parameters:
    ///   - metadata: the keys to set.
    ///   - keeps: whether a stored key stays unchanged.
    private func changeMetadata(
        of id: Int, if precondition: Precondition?, setting metadata: Metadata = [:], _ queries: [Query],
        keeping keeps: (String) -> Bool
    ) async throws -> Bool {
        let (setting, isChanged): (String?, Bool) = try await Unstorable.noticing(metadata: metadata) {
            try await storing {
                try await transaction(keepsLocked: true) { transaction in
                    let found = try await transaction.run([RuleStatements.lock(id), RuleStatements.metadataSizes(id)])
                    guard let setting = try found[0].first?.string(0) else { return (nil, false) }
                    try admit(setting)
                    try await check(precondition, rule: id, transaction)
                    var (formerSize, keptSize) = (0, 0)
                    for row in found[1] {
                        // An unreadable row is replaced like any other.
                        guard let key = try? row.string(0) else { continue }
                        let size = key.utf8.count + ((try? row.int(1)) ?? 0)
                        formerSize += size
                        if keeps(key) { keptSize += size }
                    }
                    try meter.limits.check(metadata, keptSize: keptSize, formerSize: formerSize)
                    let rows = try await commit(
                        transaction, with: queries,
                        growth: StorageUsage(bytes: keptSize + metadata.storedSize - formerSize))
                    return (setting, rows.contains { $0.affectedCount > 0 })
                }
            }
        }
        if let setting, isChanged { onChange(.ruleMetadataChanged(id, setting: setting)) }
        return setting != nil
    }
}

extension Rows.Row {
    /// `nil` if there is no rule.
    fileprivate func ruleID(_ column: Int) throws -> Int? { isNull(column) ? nil : try int(column) }
}
