/// Why a regular expression is refused, and where.
public struct ECMAPatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence without the place.
    public var message: String
    /// The offending character, counted from 0 in Unicode scalars.
    public var offset: Int

    public init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    public var description: String { "\(message), at character \(offset + 1)" }
}
