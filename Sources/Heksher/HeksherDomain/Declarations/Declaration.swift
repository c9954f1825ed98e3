public import ContractJSON

/// The attributes that a service expects of a setting.
public struct Declaration: Hashable, Sendable {
    /// The setting's name. If the stored setting has it as an alias, the declaration is about that setting.
    public var name: String
    /// In any order, without repeats.
    public var configurableFeatures: [String]
    /// The type of the setting's values.
    public var type: SettingType
    /// Must fit the type, see ``SettingType/admits(_:)``. The reader of the request checks this.
    public var defaultValue: JSONValue
    /// The setting's metadata.
    public var metadata: Metadata
    /// An earlier name. If it is still the setting's name, the declaration renames the setting. Differs from ``name``.
    public var alias: String?
    /// The version of the declaration, which decides whether differences upgrade the stored setting.
    public var version: Version

    /// Creates a declaration. It checks nothing.
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

    /// How a declaration relates to the stored setting.
    public enum Outcome: Hashable, Sendable {
        /// No setting has the alias.
        case unknownAlias(String)
        /// The alias belongs to another setting than the one with the declared name.
        case unrelatedAlias(String)
        /// The setting does not exist, and a setting can only be created at version 1.0.
        case versionMustBeInitial
        /// These are not context features, in the declared order.
        case unknownFeatures([String], settingExists: Bool)
        /// The setting does not exist. The caller must store this one.
        case created(Setting)
        /// The version is the stored one, and nothing differs.
        case upToDate
        /// The version is the stored one, but the attributes differ.
        case mismatch([Difference])
        /// The stored version is newer. The differences are the changes since the declared version.
        case outdated(latest: Version, [Difference])
        /// The declared version is newer than the stored one, `previous`. The caller must store the setting in place of the one called
        /// `previousName`.
        case upgraded(Setting, previousName: String, previous: Version, [Difference])
        /// The declared version is newer than the stored one, `previous`, but does not allow the differences.
        case rejected(previous: Version, [Difference])
    }

    /// Whether ``outcome(named:aliased:order:rules:)`` looks at the rules of the stored setting. If not, as in most cases, the caller need
    /// not read them.
    public func needsRules(of stored: Setting) -> Bool {
        guard version >= stored.version else { return false }
        return type != stored.type
            || !Set(configurableFeatures).isSuperset(of: stored.configurableFeatures)
    }

    /// The outcome of the declaration.
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
            // The alias must be the current name of the setting to rename. If it is only another alias of that setting, it does not lead to
            // `name`.
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

    /// The outcome of the declaration if some attributes of the stored setting cannot be read. The declaration replaces them, also at the
    /// stored version.
    ///
    /// - Parameters:
    ///   - stored: the stored setting, in which declared attributes replace unreadable ones.
    ///   - reasons: why they cannot be read, each as a sentence; at least one.
    ///   - outcome: the outcome for `stored`, from ``outcome(named:aliased:order:rules:)``.
    ///   - rules: all rules of the setting.
    public func repairing(
        _ stored: Setting, reasons: [String], _ outcome: Outcome, order: ContextFeatureOrder, rules: [Rule]
    ) -> Outcome {
        let previousName: String
        let previous: Version
        var differences: [Difference]
        var setting: Setting
        switch outcome {
        case .upToDate:
            (setting, previousName, previous, differences) = (
                upgrade(of: stored, order: order), stored.name, stored.version, []
            )
        case .upgraded(let upgraded, let name, let version, let found):
            (setting, previousName, previous, differences) = (upgraded, name, version, found)
        default: return outcome
        }
        // The stored type may be one of the unreadable attributes.
        let unfit = rules.notFitting(type).map(\.id)
        guard unfit.isEmpty else {
            return .rejected(
                previous: previous,
                differences + [
                    Difference(
                        .mismatch,
                        .message("setting type incompatible with values for rules: \(unfit.listText)"))
                ])
        }
        setting.version = max(setting.version, version)
        differences.insert(contentsOf: reasons.map { Difference(.minor, .message($0)) }, at: 0)
        return .upgraded(setting, previousName: previousName, previous: previous, differences)
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

    /// Whether the declaration gives the stored setting a new name. A declaration under an alias of the setting does not rename it, unless
    /// its own alias is the stored name.
    func renames(_ stored: Setting) -> Bool {
        alias == stored.name && name != stored.name
    }
}
