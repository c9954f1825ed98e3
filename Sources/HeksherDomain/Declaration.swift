public import JSON

/// What a service expects of a setting it reads.
public struct Declaration: Hashable, Sendable {
    public var name: String
    /// In any order; none comes twice.
    public var configurableFeatures: [String]
    public var type: SettingType
    /// Has to fit the type, see ``SettingType/admits(_:)``; that is for the reader of the request to see to.
    public var defaultValue: JSONValue
    public var metadata: Metadata
    /// A former name, from which the setting is renamed if it still has it. Differs from ``name``.
    public var alias: String?
    public var version: Version

    public init(
        name: String, configurableFeatures: [String], type: SettingType, defaultValue: JSONValue,
        metadata: Metadata = [:], alias: String? = nil, version: Version = .initial
    ) {
        self.name = name
        self.configurableFeatures = configurableFeatures
        self.type = type
        self.defaultValue = defaultValue
        self.metadata = metadata
        self.alias = alias
        self.version = version
    }

    /// How a declaration relates to what is stored.
    public enum Outcome: Hashable, Sendable {
        /// No setting has the alias.
        case unknownAlias(String)
        /// The alias belongs to a setting other than the one called by the declared name.
        case unrelatedAlias(String)
        /// There is no such setting, and one is created at version 1.0 only.
        case versionMustBeInitial
        /// These are no context features, in the order declared.
        case unknownFeatures([String], settingExists: Bool)
        /// There is no such setting; this one is to be stored.
        case created(Setting)
        /// The version is the stored one, and nothing differs.
        case upToDate
        /// The version is the stored one, but the attributes differ.
        case mismatch([Difference])
        /// The stored version is newer. The differences are what has changed since the declared one.
        case outdated(latest: Version, [Difference])
        /// The declared version is newer than the stored one, `previous`, and the setting is to be stored in place of
        /// that called `previousName`.
        case upgraded(Setting, previousName: String, previous: Version, [Difference])
        /// The declared version is newer than the stored one, `previous`, but does not allow the differences.
        case rejected(previous: Version, [Difference])
    }

    /// Whether ``outcome(named:aliased:order:rules:)`` looks at the rules of the stored setting. Mostly it does not,
    /// and they need not be read.
    public func needsRules(of stored: Setting) -> Bool {
        guard version >= stored.version else { return false }
        return type != stored.type
            || !Set(configurableFeatures).isSuperset(of: stored.configurableFeatures)
    }

    /// Decides what the declaration comes to.
    ///
    /// - Parameters:
    ///   - named: the setting with the declared name, as its name or as an alias.
    ///   - aliased: the setting with the declared alias, as its name or as an alias.
    ///   - order: all context features.
    ///   - rules: the rules of the stored setting; may be empty unless ``needsRules(of:)``.
    public func outcome(
        named: Setting?, aliased: Setting?, order: ContextFeatureOrder, rules: [Rule]
    ) -> Outcome {
        if let alias {
            guard let aliased else { return .unknownAlias(alias) }
            // The alias has to be the very name of the setting to rename; to be another alias of it would say nothing
            // of `name`.
            guard named.map({ $0.name == aliased.name }) ?? (aliased.name == alias) else {
                return .unrelatedAlias(alias)
            }
        }
        guard let stored = named ?? (alias == nil ? nil : aliased) else {
            return creation(order: order)
        }
        guard version >= stored.version else {
            return .outdated(latest: stored.version, differences(whenOlderThan: stored, order: order))
        }
        let unknown = order.unknown(in: configurableFeatures)
        guard unknown.isEmpty else { return .unknownFeatures(unknown, settingExists: true) }

        let differences = differences(whenChanging: stored, order: order, rules: rules)
        if version == stored.version {
            return differences.isEmpty ? .upToDate : .mismatch(differences)
        }
        let highestAllowed: Difference.Level =
            version.raisesMajor(over: stored.version) ? .major : .minor
        guard differences.allSatisfy({ $0.level <= highestAllowed }) else {
            return .rejected(previous: stored.version, differences)
        }
        return .upgraded(
            upgrade(of: stored, order: order), previousName: stored.name, previous: stored.version,
            differences)
    }

    private func creation(order: ContextFeatureOrder) -> Outcome {
        guard version == .initial else { return .versionMustBeInitial }
        let unknown = order.unknown(in: configurableFeatures)
        guard unknown.isEmpty else { return .unknownFeatures(unknown, settingExists: false) }
        return .created(
            Setting(
                name: name, type: type, defaultValue: defaultValue,
                configurableFeatures: order.sorted(configurableFeatures), metadata: metadata))
    }

    private func upgrade(of stored: Setting, order: ContextFeatureOrder) -> Setting {
        var setting = renames(stored) ? stored.renamed(to: name) : stored
        setting.type = type
        setting.defaultValue = defaultValue
        setting.configurableFeatures = order.sorted(configurableFeatures)
        setting.metadata = metadata
        setting.version = version
        return setting
    }

    /// Whether the stored setting is declared under a new name. To declare it under an alias it has is no renaming,
    /// unless the declaration says so by naming the stored name as its alias.
    func renames(_ stored: Setting) -> Bool {
        alias == stored.name && name != stored.name
    }
}
