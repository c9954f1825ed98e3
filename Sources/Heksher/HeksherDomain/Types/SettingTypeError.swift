/// The reason why a text is not a setting type, and the position.
public struct SettingTypeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence about the error, without its position.
    public let message: String
    /// The position, in bytes of UTF-8 from 0.
    public let offset: Int

    /// The message and the position.
    public var description: String { "\(message) (byte \(offset))" }
}
