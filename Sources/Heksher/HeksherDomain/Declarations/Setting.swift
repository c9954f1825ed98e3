public import ContractJSON

/// A named and typed value, which rules can override depending on context.
public struct Setting: Hashable, Sendable {
    /// The canonical name.
    public var name: String
    /// The type of the default value and of the rules' values.
    public var type: SettingType
    /// The value if no rule applies. It fits the type.
    public var defaultValue: JSONValue
    /// The context features that the setting's rules may have conditions on, in the order of the context features.
    public var configurableFeatures: [String]
    /// The setting's metadata.
    public var metadata: Metadata
    /// The other names of the setting, sorted.
    public var aliases: [String]
    /// The version of the latest change. A declaration compares its own version with it.
    public var version: Version

    /// Creates a setting. It checks nothing.
    public init(
        name: String, type: SettingType, defaultValue: JSONValue, configurableFeatures: [String],
        metadata: Metadata = [:], aliases: [String] = [], version: Version = .initial
    ) {
        self.name = name
        self.type = type
        self.defaultValue = defaultValue
        self.configurableFeatures = configurableFeatures
        self.metadata = metadata
        self.aliases = aliases
        self.version = version
    }

    /// The setting with another name. The old name becomes an alias. If the new name was an alias, the two swap.
    public func renamed(to newName: String) -> Setting {
        guard newName != name else { return self }
        var setting = self
        setting.name = newName
        setting.aliases = (aliases.filter { $0 != newName } + [name]).sorted()
        return setting
    }
}
