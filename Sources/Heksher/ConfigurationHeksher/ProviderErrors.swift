public import Configuration

/// The value of a setting does not fit the type that the program asks for.
public struct UnfitSettingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the setting.
    public let setting: String
    /// The type that the program asks for.
    public let type: ConfigType

    /// For example, `the value of cache.size does not fit the type int`. It does not contain the value, so that it can be logged.
    public var description: String { "the value of \(setting) does not fit the type \(type.rawValue)" }
}

/// The service refuses the context of a key.
public struct RefusedContextError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The service's reason, as a sentence.
    public let description: String
}
