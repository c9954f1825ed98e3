public import HeksherAPI

/// A setting whatever the type of its values: what a ``SettingsReader`` declares and keeps up to date.
public protocol SettingProtocol: Sendable {
    /// What the service is told of the setting.
    var declaration: Schemas.SettingDeclaration { get }

    /// Takes over what the service answered to a query.
    ///
    /// - Parameter features: the context features, the most general first.
    /// - Throws: ``UnreadableValue`` if a value is none of the setting's type. Everything stays as it was then.
    func update(_ answer: Schemas.QueriedSetting, features: [String]) throws(UnreadableValue)
}

/// A value from the service is none of the type that the setting has in this program.
public struct UnreadableValue: Error, Sendable, Hashable, CustomStringConvertible {
    /// As in `the value of rule 7 of cache_size is none of the type int`. Values are not told: logs are no place for them.
    public let description: String
}
