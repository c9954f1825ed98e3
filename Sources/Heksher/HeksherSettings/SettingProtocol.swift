public import HeksherAPI

/// A setting with values of any type, which a ``SettingsReader`` declares and keeps up to date.
public protocol SettingProtocol: Sendable {
    /// The declaration for the service.
    var declaration: Schemas.SettingDeclaration { get }

    /// Applies the service's response to a query.
    ///
    /// - Parameter features: the context features, the most general first.
    /// - Throws: ``UnreadableValue`` if a value does not fit the setting's type. Then nothing changes.
    func update(_ answer: Schemas.QueriedSetting, features: [String]) throws(UnreadableValue)
}

/// A value from the service does not have the type that the setting has in this program.
public struct UnreadableValue: Error, Sendable, Hashable, CustomStringConvertible {
    /// For example, `the value of rule 7 of cache_size is not of the type int`. It does not contain the value, so that it can be logged.
    public let description: String
}
