internal import ContractJSON

// Changes of single attributes. Each decides from the stored setting and the version in the request. Changes of metadata only require a
// version higher than the stored one.

extension Setting {
    /// The outcome of giving a setting another type.
    public enum TypeChange: Hashable, Sendable {
        /// The setting already has the type and the version.
        case unchanged
        /// The setting to store.
        case changed(Setting)
        /// The version is lower than the stored one, or equal to it although the type would change.
        case versionTooLow(stored: Version)
        /// Sentences on the default value, on each rule whose value does not fit, and on the version, in this order. If there are many
        /// rules, the first hundred have sentences, and one more sentence gives the number of the others.
        case conflicts([String])
    }

    /// Decides on a change of type. The default value and the values of all rules must fit. A type that is not a subtype of the stored one
    /// needs a higher major number.
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

        let conflicts = conflicts(with: newType, at: newVersion, rules)
        guard conflicts.isEmpty else { return .conflicts(conflicts) }
        var setting = at(newVersion)
        setting.type = newType
        return .changed(setting)
    }

    private func conflicts(with newType: SettingType, at newVersion: Version, _ rules: [Rule]) -> [String] {
        var conflicts: [String] = []
        var typeName = TypeInSentences(newType)
        if !newType.admits(defaultValue) {
            conflicts.append("the default value \(defaultValue.quotation) does not fit \(typeName.next())")
        }
        let notFitting = rules.notFitting(newType)
        for rule in notFitting.prefix(Self.maximumRuleConflicts) {
            conflicts.append("the value \(rule.value.quotation) of rule \(rule.id) does not fit \(typeName.next())")
        }
        if notFitting.count > Self.maximumRuleConflicts {
            let number = notFitting.count - Self.maximumRuleConflicts
            conflicts.append("the values of \(number) more rules do not fit \(typeName.next())")
        }
        if !newVersion.raisesMajor(over: version), !newType.isProperSubtype(of: type) {
            conflicts.append(
                "\(typeName.next()) is no subtype of \(type.description.shortened()), so that the major version has to rise"
            )
        }
        return conflicts
    }

    private static let maximumRuleConflicts = 100

    /// The outcome of renaming a setting.
    public enum Renaming: Hashable, Sendable {
        /// The setting already has the name and the version.
        case unchanged
        /// The setting to store in place of the one with the old name.
        case renamed(Setting)
        /// The name is the name or an alias of another setting.
        case nameTaken
        /// The version is lower than the stored one.
        case versionTooLow(stored: Version)
    }

    /// Decides on a new name. The old name becomes an alias; if the new name was an alias, the two swap. The version may be equal to the
    /// stored one.
    ///
    /// - Parameter owner: the name of the setting that has the new name, as its name or as an alias; `nil` if none has.
    public func renaming(to newName: String, version newVersion: Version, owner: String?) -> Renaming {
        guard newVersion >= version else { return .versionTooLow(stored: version) }
        guard owner == nil || owner == name else { return .nameTaken }
        guard newName != name || newVersion != version else { return .unchanged }
        return .renamed(renamed(to: newName).at(newVersion))
    }

    /// The outcome of giving a setting other configurable features.
    public enum ConfigurableFeaturesChange: Hashable, Sendable {
        /// The setting already has the configurable features and the version.
        case unchanged
        /// The setting to store.
        case changed(Setting)
        /// These are not context features, in the given order.
        case unknownFeatures([String])
        /// The version is lower than the stored one, or equal to it although the features would change.
        case versionTooLow(stored: Version)
        /// Rules have conditions on features that would be removed.
        case stillInUse(FeaturesInUse)
        /// The change would add these features, in the order of the context features, but only the minor number rises.
        case addedInMinorVersion([String])
    }

    /// Decides on a change of the configurable features. A feature that a rule uses cannot be removed. Adding features needs a higher major
    /// number.
    ///
    /// - Parameters:
    ///   - newFeatures: in any order, without repeats.
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

/// A type in sentences. A long type is quoted only once, and shortened.
private struct TypeInSentences {
    private static let maximumSize = 64

    private let text: String
    private var isQuoted = false

    init(_ type: SettingType) {
        text = type.description
    }

    mutating func next() -> String {
        defer { isQuoted = true }
        return isQuoted && text.utf8.count > Self.maximumSize ? "the new type" : "the type \(text.shortened())"
    }
}

extension JSONValue {
    /// The value in a sentence: without white space between its tokens, and shortened.
    fileprivate var quotation: String {
        // A shortened value contains only its ends.
        bytes.count > 1 << 12 ? text.shortened(to: 128) : compacted().text.shortened(to: 128)
    }
}
