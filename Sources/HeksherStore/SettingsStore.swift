public import HeksherDomain
import Postgres

// Settings.
extension Store {
    /// All settings, sorted by name.
    public func settings() async throws -> [Setting] {
        try await pool.run(SettingStatements.all()).map { try $0.setting() }
    }

    /// The setting of a name or alias.
    public func setting(_ name: String) async throws -> Setting? {
        let setting = try await pool.run(SettingStatements.find(lookup(name))).first?.setting()
        try admit(setting?.name)
        return setting
    }

    /// - Returns: whether there was such a setting.
    public func deleteSetting(_ name: String) async throws -> Bool {
        let deleted: String? = try await transaction { transaction in
            let rows = try await transaction.run([
                SettingStatements.lock(lookup(name)), SettingStatements.find(lookup(name)),
            ])
            guard let setting = try locked(rows[0], rows[1]) else { return nil }
            try await transaction.commit(with: [SettingStatements.delete(setting.name)])
            return setting.name
        }
        if let deleted { onChange(.settingDeleted(deleted)) }
        return deleted != nil
    }

    /// Relates a declaration to what is stored, and stores what comes of it.
    ///
    /// - Throws: `PostgresError`; ``Unstorable``.
    public func declare(_ declaration: Declaration) async throws -> Declaration.Outcome {
        // Nearly always there is nothing to store, and reading is enough.
        let first = try await pool.withConnection { connection in
            try await outcome(of: declaration) { try await connection.run($0) }.outcome
        }
        switch first {
        case .created, .upgraded: break
        default: return first
        }
        let decided: Declaration.Outcome = try await Unstorable.noticing(
            name: declaration.name, metadata: declaration.metadata
        ) {
            try await transaction { transaction in
                let names = [declaration.name, declaration.alias].compactMap { $0 }.sorted()
                let rows = try await transaction.run(
                    names.map { SettingStatements.lockName($0) } + names.map { SettingStatements.lock($0) })
                let locked = try Set(rows.suffix(names.count).flatMap { try $0.map { try $0.string(0) } })
                let (outcome, stored) = try await outcome(of: declaration) { try await transaction.run($0) }
                // It was renamed while the lock was waited for.
                if let stored, !locked.contains(stored.name) { throw TransactionCollision() }
                switch (outcome, stored) {
                case (.created(let setting), _):
                    try await transaction.commit(with: SettingStatements.insert(setting))
                case (.upgraded(let setting, _, _, _), let stored?):
                    try await transaction.commit(with: SettingStatements.update(stored, to: setting))
                default: break
                }
                return outcome
            }
        }
        switch decided {
        case .created(let setting): onChange(.settingCreated(setting.name))
        case .upgraded(let setting, let previousName, _, _):
            onChange(.settingUpgraded(setting.name, from: previousName))
        default: break
        }
        return decided
    }

    /// What a declaration comes to by what `run` reads, and the setting it is about.
    private func outcome(
        of declaration: Declaration, _ run: ([Query]) async throws -> [Rows]
    ) async throws -> (outcome: Declaration.Outcome, stored: Setting?) {
        let names = [declaration.name, declaration.alias].compactMap { $0 }
        let rows = try await run([FeatureStatements.list()] + names.map { SettingStatements.find($0) })
        let named = try rows[1].first?.setting()
        let aliased = try rows.dropFirst(2).first?.first?.setting()
        for setting in [named, aliased] { try admit(setting?.name) }
        let stored = named ?? aliased
        var rules: [Rule] = []
        if let stored, declaration.needsRules(of: stored) {
            rules = try await run([RuleStatements.ofSetting(stored.name)])[0].map { try $0.rule() }
            for rule in rules { try admit(rule.setting) }
        }
        let outcome = declaration.outcome(
            named: named, aliased: aliased, order: try rows[0].featureOrder(), rules: rules)
        return (outcome, stored)
    }

    // MARK: Changes of one attribute

    /// The outcome of a change that may find no setting.
    public enum Change<Outcome: Sendable>: Sendable {
        case unknownSetting
        case decided(Outcome)
    }

    public func changeType(
        of name: String, to type: SettingType, version: Version
    ) async throws -> Change<Setting.TypeChange> {
        try await change(name, CommittedChange.settingTypeChanged) { setting, _, rules in
            let change = setting.changingType(to: type, version: version, rules: rules)
            return if case .changed(let changed) = change { (change, changed) } else { (change, nil) }
        }
    }

    /// Renames a setting; its name becomes an alias.
    ///
    /// - Throws: `PostgresError`; ``Unstorable``.
    public func rename(
        _ name: String, to newName: String, version: Version
    ) async throws -> Change<Setting.Renaming> {
        let (change, oldName): (Change<Setting.Renaming>, String) = try await transaction { transaction in
            let rows = try await transaction.run([
                SettingStatements.lockName(newName), SettingStatements.lock(lookup(name)),
                SettingStatements.find(lookup(name)), SettingStatements.find(newName),
            ])
            guard let setting = try locked(rows[1], rows[2]) else { return (.unknownSetting, name) }
            let owner = try rows[3].first?.setting()
            try admit(owner?.name)
            let renaming = setting.renaming(to: newName, version: version, owner: owner)
            if case .renamed(let renamed) = renaming {
                try await Unstorable.noticing(name: newName) {
                    _ = try await transaction.commit(with: SettingStatements.update(setting, to: renamed))
                }
            }
            return (.decided(renaming), setting.name)
        }
        if case .decided(.renamed) = change {
            onChange(oldName == newName ? .settingVersionRaised(newName) : .settingRenamed(oldName, to: newName))
        }
        return change
    }

    public func changeConfigurableFeatures(
        of name: String, to features: [String], version: Version
    ) async throws -> Change<Setting.ConfigurableFeaturesChange> {
        try await change(name, CommittedChange.settingConfigurableFeaturesChanged) { setting, order, rules in
            let change = setting.changingConfigurableFeatures(
                to: features, version: version, order: order, rules: rules)
            return if case .changed(let changed) = change { (change, changed) } else { (change, nil) }
        }
    }

    public enum MetadataChange: Sendable {
        case changed
        case versionTooLow(stored: Version)
    }

    /// Changes metadata.
    ///
    /// - Throws: `PostgresError`; ``Unstorable``.
    public func changeMetadata(
        of name: String, version: Version, _ edit: @Sendable (inout Metadata) -> Void
    ) async throws -> Change<MetadataChange> {
        try await change(name, CommittedChange.settingMetadataChanged) { setting, _, _ in
            guard version > setting.version else { return (.versionTooLow(stored: setting.version), nil) }
            var changed = setting
            edit(&changed.metadata)
            changed.version = version
            return (.changed, changed)
        }
    }

    /// Locks a setting, lets it be decided what it becomes, and stores that.
    private func change<Outcome: Sendable>(
        _ name: String, _ kind: (String) -> CommittedChange,
        _ decide: (Setting, ContextFeatureOrder, [Rule]) throws -> (outcome: Outcome, setting: Setting?)
    ) async throws -> Change<Outcome> {
        let (change, committed): (Change<Outcome>, CommittedChange?) = try await transaction { transaction in
            let rows = try await transaction.run([
                SettingStatements.lock(lookup(name)), SettingStatements.find(lookup(name)), FeatureStatements.list(),
                RuleStatements.ofSetting(lookup(name)),
            ])
            guard let setting = try locked(rows[0], rows[1]) else { return (.unknownSetting, nil) }
            let (outcome, changed) = try decide(
                setting, try rows[2].featureOrder(), try rows[3].map { try $0.rule() })
            if let changed {
                try await Unstorable.noticing(metadata: changed.metadata) {
                    _ = try await transaction.commit(with: SettingStatements.update(setting, to: changed))
                }
            }
            return (
                .decided(outcome),
                changed.map { $0.isRaised(from: setting) ? .settingVersionRaised($0.name) : kind($0.name) }
            )
        }
        if let committed { onChange(committed) }
        return change
    }

    /// The setting that was found, if it is the one that was locked before.
    ///
    /// - Throws: `TransactionCollision` when it was renamed while the lock was waited for; ``SettingNotAdmitted``.
    func locked(_ lock: Rows, _ found: Rows) throws -> Setting? {
        let setting = try found.first?.setting()
        guard try lock.first?.string(0) == setting?.name else { throw TransactionCollision() }
        try admit(setting?.name)
        return setting
    }
}

extension Setting {
    /// Whether this is the other setting, with nothing but its version changed.
    fileprivate func isRaised(from other: Setting) -> Bool {
        var raised = other
        raised.version = version
        return raised == self
    }
}
