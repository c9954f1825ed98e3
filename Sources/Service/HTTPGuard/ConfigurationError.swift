/// A missing or invalid variable, as a sentence that names it.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// The sentence.
    public var description: String

    /// Creates an error with a sentence that names the variable.
    public init(_ description: String) {
        self.description = description
    }
}
