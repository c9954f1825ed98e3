/// The reason why a regular expression is refused, and the position.
public struct ECMAPatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence without the position.
    public var message: String
    /// The index of the offending character, from 0 in Unicode scalars.
    public var offset: Int
    /// Whether ECMA-262 allows the expression, but this implementation does not support it.
    public var isUnsupported = false

    /// Creates an error at the index of a character.
    public init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The sentence with the number of the character, from 1.
    public var description: String { "\(message), at character \(offset + 1)" }
}
