public import HeksherDomain
import LibPQ

// Settings.
extension Store {
    /// All readable settings, sorted by name.
    public func settings() async throws -> [Setting] {
        let rows = try await run(SettingStatements.all())
        return try await computing(with: [rows]) {
            var settings: [Setting] = []
            var unreadable: [UnreadableSetting] = []
            settings.reserveCapacity(rows.count)
            for row in rows {
                // The catalog reports settings without a readable name.
                guard let stored = try? row.setting() else { continue }
                do throws(UnreadableSetting) {
                    settings.append(try stored.whole())
                } catch {
                    unreadable.append(error)
                }
            }
            self.unreadable.replace(.settings, unreadable)
            return settings
        }
    }

    /// The setting with a name or alias.
    ///
    /// - Throws: ``UnreadableSetting``; `PostgresError`.
    public func setting(_ name: String) async throws -> Setting? {
        let rows = try await run(SettingStatements.find(lookup(name)))
        return try await computing(with: [rows]) {
            guard let stored = try rows.first?.setting() else { return nil }
            try admit(stored.name)
            return try whole(stored)
        }
    }

    /// - Throws: ``UnreadableSetting``, which is reported if it is new.
    private func whole(_ stored: StoredSetting) throws(UnreadableSetting) -> Setting {
        do {
            let setting = try stored.whole()
            unreadable.remove(.settings, setting.name)
            return setting
        } catch {
            unreadable.add(.settings, error)
            throw error
        }
    }

    /// - Returns: whether the setting existed.
    /// - Throws: `PostgresError`; ``PreconditionFailed``; ``UnreadableSetting`` if there is a precondition.
    public func deleteSetting(_ name: String, if precondition: Precondition? = nil) async throws -> Bool {
        let deleted: String? = try await transaction { transaction in
            // Without a precondition, the setting is not read, so that an unreadable one can be deleted.
            let rows = try await transaction.run([
                SettingStatements.lock(lookup(name)), SettingStatements.presentName(lookup(name)),
            ])
            guard let name = try lockedName(rows[0], rows[1]) else { return nil }
            if let precondition,
                let stored = try await transaction.run([SettingStatements.find(name)])[0].first?.setting()
            {
                try precondition.check(whole(stored))
            }
            try await transaction.commit(with: [SettingStatements.delete(name)])
            // The next measurement corrects the other figures.
            meter.remove(StorageUsage(settings: 1))
            joined?.add(StorageUsage(settings: -1))
            return name
        }
        if let deleted { onChange(.settingDeleted(deleted)) }
        return deleted != nil
    }

    /// Compares a declaration with the stored setting, and stores the result.
    ///
    /// - Parameter precondition: for the setting with the declared name or alias. It fails if there is no such setting.
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``; ``PreconditionFailed``.
    public func declare(
        _ declaration: Declaration, if precondition: Precondition? = nil
    ) async throws -> Declaration.Outcome {
        // Most declarations change nothing, and reading is enough.
        // A transaction of several operations compares under its locks alone.
        if joined == nil {
            let first = try await pool.withConnection { connection in
                try await outcome(of: declaration) { try await connection.run($0) }
            }
            switch first.outcome {
            case .created, .upgraded: break
            default:
                try first.check(precondition, declaration)
                return first.outcome
            }
        }
        let decided: Declaration.Outcome = try await Unstorable.noticing(
            name: declaration.name, metadata: declaration.metadata
        ) {
            try await storing { try await store(declaration, if: precondition) }
        }
        switch decided {
        case .created(let setting): onChange(.settingCreated(setting.name))
        case .upgraded(let setting, let previousName, _, _):
            onChange(.settingUpgraded(setting.name, from: previousName))
        default: break
        }
        return decided
    }

    /// Compares a declaration with the stored setting under a lock, and stores the result.
    private func store(
        _ declaration: Declaration, if precondition: Precondition?
    ) async throws -> Declaration.Outcome {
        try await transaction { transaction in
            let names = [declaration.name, declaration.alias].compactMap { $0 }.sorted()
            let rows = try await transaction.run(
                names.map { SettingStatements.lockName($0) } + names.map { SettingStatements.lock($0) })
            let locked = try Set(rows.suffix(names.count).flatMap { try $0.map { try $0.string(0) } })
            let relation = try await outcome(of: declaration) { try await transaction.run($0) }
            // The setting was renamed while the transaction waited for the lock.
            if let stored = relation.stored, !locked.contains(stored.name) { throw TransactionCollision() }
            try relation.check(precondition, declaration)
            switch (relation.outcome, relation.stored) {
            case (.created(let setting), _):
                try meter.limits.check(setting)
                _ = try await commit(
                    transaction, with: SettingStatements.insert(setting), growth: StorageUsage(setting))
            case (.upgraded(let setting, _, _, _), let stored?):
                try await update(stored, to: setting, isRepair: relation.isRepair, transaction)
            default: break
            }
            return relation.outcome
        }
    }

    /// Commits the changes of a setting.
    ///
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``.
    private func update(
        _ stored: Setting, to setting: Setting, isRepair: Bool = false, _ transaction: Transaction
    ) async throws {
        try meter.limits.check(setting, since: isRepair ? nil : stored)
        _ = try await commit(
            transaction, with: SettingStatements.update(stored, to: setting, isRepair: isRepair),
            growth: StorageUsage(setting) - StorageUsage(stored))
    }

    /// The result of comparing a declaration with the stored setting.
    private struct Relation {
        var outcome: Declaration.Outcome
        /// The setting that the declaration is for. The declared attributes replace unreadable ones.
        var stored: Setting?
        /// Whether there are unreadable attributes.
        var isRepair = false

        /// - Throws: ``PreconditionFailed``.
        func check(_ precondition: Precondition?, _ declaration: Declaration) throws(PreconditionFailed) {
            guard let precondition else { return }
            guard let stored, !isRepair else { throw .setting(declaration.name) }
            try precondition.check(stored)
        }
    }

    /// Compares a declaration with the rows that `run` returns.
    private func outcome(
        of declaration: Declaration, _ run: ([Query]) async throws -> [Rows]
    ) async throws -> Relation {
        let names = [declaration.name, declaration.alias].compactMap { $0 }
        let rows = try await run([FeatureStatements.list()] + names.map { SettingStatements.find($0) })
        let (named, aliased, reasons) = try await computing(with: rows) {
            let named = try rows[1].first?.setting()
            var aliased = try rows.dropFirst(2).first?.first?.setting()
            try admit(named?.name)
            // If the caller may not see the setting, the alias leads nowhere.
            if let hidden = aliased, !admits(hidden.name) { aliased = nil }
            let (first, second) = (named?.repaired(by: declaration), aliased?.repaired(by: declaration))
            for setting in [named, aliased] { if let setting { _ = try? whole(setting) } }
            return (first?.setting, second?.setting, first?.reasons ?? second?.reasons ?? [])
        }
        let stored = named ?? aliased
        var rules = Rows?.none
        if let stored, declaration.needsRules(of: stored) || !reasons.isEmpty {
            rules = try await run([RuleStatements.ofSetting(stored.name)])[0]
        }
        return try await computing(with: rows + (rules.map { [$0] } ?? [])) {
            let rules = try reporting { try rules?.map { try $0.rule() } ?? [] }
            for rule in rules { try admit(rule.setting) }
            let outcome = declaration.outcome(
                named: named, aliased: aliased, order: rows[0].featureOrder(), rules: rules)
            guard let stored, !reasons.isEmpty else { return Relation(outcome: outcome, stored: stored) }
            return Relation(
                outcome: declaration.repairing(
                    stored, reasons: reasons, outcome, order: rows[0].featureOrder(), rules: rules),
                stored: stored, isRepair: true)
        }
    }

    // MARK: Changes of one attribute

    /// The outcome of a change to a setting that may not exist.
    public enum Change<Outcome: Sendable>: Sendable {
        /// No setting has the name or alias.
        case unknownSetting
        /// The setting exists, and this is the outcome.
        case decided(Outcome)
    }

    /// Changes a setting's type, if its default value and the values of all its rules fit.
    ///
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``; ``PreconditionFailed``.
    public func changeType(
        of name: String, to type: SettingType, version: Version, if precondition: Precondition? = nil
    ) async throws -> Change<Setting.TypeChange> {
        try await change(name, if: precondition, CommittedChange.settingTypeChanged) { setting, _, rules in
            let change = setting.changingType(to: type, version: version, rules: rules)
            return if case .changed(let changed) = change { (change, changed) } else { (change, nil) }
        }
    }

    /// Renames a setting. Its old name becomes an alias.
    ///
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``; ``PreconditionFailed``.
    public func rename(
        _ name: String, to newName: String, version: Version, if precondition: Precondition? = nil
    ) async throws -> Change<Setting.Renaming> {
        let (change, oldName): (Change<Setting.Renaming>, String) = try await storing {
            try await transaction { transaction in
                let rows = try await transaction.run([
                    SettingStatements.lockName(newName), SettingStatements.lock(lookup(name)),
                    SettingStatements.find(lookup(name)), SettingStatements.presentName(newName),
                ])
                guard let setting = try locked(rows[1], rows[2]) else { return (.unknownSetting, name) }
                try precondition?.check(setting)
                let owner = try rows[3].first?.string(0)
                let renaming = setting.renaming(to: newName, version: version, owner: owner)
                if case .renamed(let renamed) = renaming {
                    try await Unstorable.noticing(name: newName) { try await update(setting, to: renamed, transaction) }
                }
                return (.decided(renaming), setting.name)
            }
        }
        if case .decided(.renamed) = change {
            onChange(oldName == newName ? .settingVersionRaised(newName) : .settingRenamed(oldName, to: newName))
        }
        return change
    }

    /// Changes the context features that a setting's rules may have conditions on.
    ///
    /// - Parameter features: in any order.
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``; ``PreconditionFailed``.
    public func changeConfigurableFeatures(
        of name: String, to features: [String], version: Version, if precondition: Precondition? = nil
    ) async throws -> Change<Setting.ConfigurableFeaturesChange> {
        try await change(name, if: precondition, CommittedChange.settingConfigurableFeaturesChanged) {
            setting, order, rules in
            let change = setting.changingConfigurableFeatures(
                to: features, version: version, order: order, rules: rules)
            return if case .changed(let changed) = change { (change, changed) } else { (change, nil) }
        }
    }

    /// The outcome of changing a setting's metadata.
    public enum MetadataChange: Sendable {
        /// The metadata have been changed.
        case changed
        /// The version is not higher than the stored one.
        case versionTooLow(stored: Version)
    }

    /// Changes metadata.
    ///
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``; ``PreconditionFailed``.
    public func changeMetadata(
        of name: String, version: Version, if precondition: Precondition? = nil,
        _ edit: @Sendable (inout Metadata) -> Void
    ) async throws -> Change<MetadataChange> {
        try await change(name, if: precondition, CommittedChange.settingMetadataChanged) { setting, _, _ in
            guard version > setting.version else { return (.versionTooLow(stored: setting.version), nil) }
            var changed = setting
            edit(&changed.metadata)
            changed.version = version
            return (.changed, changed)
        }
    }

    /// Locks a setting, calls a function that decides on the new state, and stores that.
    private func change<Outcome: Sendable>(
        _ name: String, if precondition: Precondition?, _ kind: (String) -> CommittedChange,
        _ decide: (Setting, ContextFeatureOrder, [Rule]) throws -> (outcome: Outcome, setting: Setting?)
    ) async throws -> Change<Outcome> {
        let (change, committed): (Change<Outcome>, CommittedChange?) = try await storing {
            try await transaction { transaction in
                let rows = try await transaction.run([
                    SettingStatements.lock(lookup(name)), SettingStatements.find(lookup(name)),
                    FeatureStatements.list(),
                    RuleStatements.ofSetting(lookup(name)),
                ])
                guard
                    let (setting, outcome, changed) = try await computing(
                        with: rows,
                        {
                            try locked(rows[0], rows[1]).map { setting in
                                try precondition?.check(setting)
                                let decision = try decide(
                                    setting, rows[2].featureOrder(), try reporting { try rows[3].map { try $0.rule() } }
                                )
                                return (setting, decision.outcome, decision.setting)
                            }
                        })
                else { return (.unknownSetting, nil) }
                if let changed {
                    try await Unstorable.noticing(metadata: changed.metadata) {
                        try await update(setting, to: changed, transaction)
                    }
                }
                return (
                    .decided(outcome),
                    changed.map { $0.isRaised(from: setting) ? .settingVersionRaised($0.name) : kind($0.name) }
                )
            }
        }
        if let committed { onChange(committed) }
        return change
    }

    /// The setting that was found, if it is the one that was locked before.
    ///
    /// - Throws: `TransactionCollision` if it was renamed while the transaction waited for the lock; ``SettingNotAdmitted``;
    ///   ``UnreadableSetting``.
    func locked(_ lock: Rows, _ found: Rows) throws -> Setting? {
        guard try lockedName(lock, found) != nil, let stored = try found.first?.setting() else { return nil }
        return try whole(stored)
    }

    /// The name of the setting that was found, in the first column, if it is the one that was locked before.
    ///
    /// - Throws: `TransactionCollision` if it was renamed while the transaction waited for the lock; ``SettingNotAdmitted``.
    private func lockedName(_ lock: Rows, _ found: Rows) throws -> String? {
        let name = try found.first?.string(0)
        guard try lock.first?.string(0) == name else { throw TransactionCollision() }
        try admit(name)
        return name
    }
}

extension Setting {
    /// Whether only the version differs from the other setting's.
    fileprivate func isRaised(from other: Setting) -> Bool {
        var raised = other
        raised.version = version
        return raised == self
    }
}
