/// Why a text is not a setting type, and where.
public struct SettingTypeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as a sentence without its place.
    public let message: String
    /// Where it is, in bytes of UTF-8 from 0.
    public let offset: Int

    /// The message and the place.
    public var description: String { "\(message) (byte \(offset))" }
}
