public import JSON

/// A named, typed value, which rules can override depending on context.
public struct Setting: Hashable, Sendable {
    /// The canonical name.
    public var name: String
    public var type: SettingType
    /// The value where no rule applies; it fits the type.
    public var defaultValue: JSONValue
    /// The context features that rules of the setting may have conditions on, in the order of the context features.
    public var configurableFeatures: [String]
    public var metadata: Metadata
    /// The other names of the setting, sorted.
    public var aliases: [String]
    public var version: Version

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

    /// The setting under another name, the old one having become an alias. If the new name was an alias, the two swap.
    public func renamed(to newName: String) -> Setting {
        guard newName != name else { return self }
        var setting = self
        setting.name = newName
        setting.aliases = (aliases.filter { $0 != newName } + [name]).sorted()
        return setting
    }
}
