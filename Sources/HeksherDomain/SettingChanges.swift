// Changes of single attributes. Each is decided from the stored setting and the version that comes with the change.
// Changes of metadata have no rule of their own but that the version is higher than the stored one.

extension Setting {
    /// What comes of giving a setting another type.
    public enum TypeChange: Hashable, Sendable {
        /// The setting has the type and the version.
        case unchanged
        /// The setting to store.
        case changed(Setting)
        /// The version is lower than the stored one, or equal to it although the type would change.
        case versionTooLow(stored: Version)
        /// Sentences on the default value, on each rule whose value does not fit, and on the version, in this order.
        case conflicts([String])
    }

    /// Decides on a change of type. The default value and the values of all rules have to fit, and a type that is no
    /// subtype of the stored one needs a higher major number.
    ///
    /// - Parameter rules: all rules of the setting.
    public func changingType(to newType: SettingType, version newVersion: Version, rules: [Rule])
        -> TypeChange
    {
        if newType == type {
            guard newVersion >= version else { return .versionTooLow(stored: version) }
            return newVersion == version ? .unchanged : .changed(at(newVersion))
        }
        guard newVersion > version else { return .versionTooLow(stored: version) }

        var conflicts: [String] = []
        if !newType.admits(defaultValue) {
            conflicts.append(
                "the default value \(defaultValue.compacted()) does not fit the type \(newType)")
        }
        for rule in rules.notFitting(newType) {
            conflicts.append(
                "the value \(rule.value.compacted()) of rule \(rule.id) does not fit the type \(newType)")
        }
        if !newVersion.raisesMajor(over: version), !newType.isProperSubtype(of: type) {
            conflicts.append(
                "the type \(newType) is no subtype of \(type), so that the major version has to rise")
        }
        guard conflicts.isEmpty else { return .conflicts(conflicts) }
        var setting = at(newVersion)
        setting.type = newType
        return .changed(setting)
    }

    /// What comes of renaming a setting.
    public enum Renaming: Hashable, Sendable {
        /// The setting has the name and the version.
        case unchanged
        /// The setting to store in place of the one of the old name.
        case renamed(Setting)
        /// Another setting has the name, as its name or as an alias.
        case nameTaken
        /// The version is lower than the stored one.
        case versionTooLow(stored: Version)
    }

    /// Decides on a new name. The old one becomes an alias; if the new one was an alias, the two swap. The version
    /// may be equal to the stored one.
    ///
    /// - Parameter owner: the setting that has the new name, as its name or as an alias; nil if none has.
    public func renaming(to newName: String, version newVersion: Version, owner: Setting?) -> Renaming {
        guard newVersion >= version else { return .versionTooLow(stored: version) }
        guard owner == nil || owner?.name == name else { return .nameTaken }
        guard newName != name || newVersion != version else { return .unchanged }
        return .renamed(renamed(to: newName).at(newVersion))
    }

    /// What comes of giving a setting other configurable features.
    public enum ConfigurableFeaturesChange: Hashable, Sendable {
        /// The setting has the configurable features and the version.
        case unchanged
        /// The setting to store.
        case changed(Setting)
        /// These are no context features, in the order given.
        case unknownFeatures([String])
        /// The version is lower than the stored one, or equal to it although the features would change.
        case versionTooLow(stored: Version)
        /// Rules have conditions on features that would be removed.
        case stillInUse(FeaturesInUse)
        /// These would be added, in the order of the context features, but only the minor number rises.
        case addedInMinorVersion([String])
    }

    /// Decides on a change of the configurable features. One that a rule uses cannot be removed, and to add some
    /// needs a higher major number.
    ///
    /// - Parameters:
    ///   - newFeatures: in any order, none twice.
    ///   - order: all context features.
    ///   - rules: all rules of the setting.
    public func changingConfigurableFeatures(
        to newFeatures: [String], version newVersion: Version, order: ContextFeatureOrder, rules: [Rule]
    ) -> ConfigurableFeaturesChange {
        let unknown = order.unknown(in: newFeatures)
        guard unknown.isEmpty else { return .unknownFeatures(unknown) }
        let change = FeaturesChange(from: configurableFeatures, to: newFeatures, order: order)
        if change.isEmpty {
            guard newVersion >= version else { return .versionTooLow(stored: version) }
            return newVersion == version ? .unchanged : .changed(at(newVersion))
        }
        guard newVersion > version else { return .versionTooLow(stored: version) }
        if let use = change.use(by: rules) { return .stillInUse(use) }
        guard change.added.isEmpty || newVersion.raisesMajor(over: version) else {
            return .addedInMinorVersion(change.added)
        }
        var setting = at(newVersion)
        setting.configurableFeatures = order.sorted(newFeatures)
        return .changed(setting)
    }

    private func at(_ newVersion: Version) -> Setting {
        var setting = self
        setting.version = newVersion
        return setting
    }
}
