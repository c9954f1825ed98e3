import ContractPattern

/// The keyword `pattern`: a regular expression of ECMA-262, with a function that matches it.
///
/// For a character class, generated code provides a loop over bytes. For all other patterns, it uses an engine whose
/// time is linear in the length of the text.
public struct Pattern: Sendable {
    /// The regular expression as the contract spells it.
    public let source: String
    private let match: @Sendable (String) -> Bool

    /// Creates a pattern.
    ///
    /// - Parameters:
    ///   - source: the regular expression.
    ///   - match: whether a string matches `source`.
    public init(_ source: String, match: @escaping @Sendable (String) -> Bool) {
        self.source = source
        self.match = match
    }

    /// Creates a pattern that the generator has checked.
    public init(checked source: String) {
        do {
            let pattern = try ECMAPattern(source).optimized()
            self.init(source) { pattern.matches($0) }
        } catch {
            preconditionFailure("the generator admitted the pattern \(source): \(error)")
        }
    }

    /// Whether the regular expression matches anywhere in a string.
    public func matches(_ string: String) -> Bool { match(string) }
}
