import ECMAPattern

/// The `pattern` keyword: an ECMA-262 regular expression and the way to match it.
///
/// Generated code gives a loop over bytes for patterns that are plain character classes, and an engine with linear
/// running time for all others.
public struct Pattern: Sendable {
    /// The regular expression as the contract has it.
    public let source: String
    private let match: @Sendable (String) -> Bool

    /// - Parameter match: tells whether a string matches `source`.
    public init(_ source: String, match: @escaping @Sendable (String) -> Bool) {
        self.source = source
        self.match = match
    }

    /// A pattern that the generator has checked already.
    public init(checked source: String) {
        do {
            let pattern = try ECMAPattern(source).optimized()
            self.init(source) { pattern.matches($0) }
        } catch {
            preconditionFailure("the generator admitted the pattern \(source): \(error)")
        }
    }

    public func matches(_ string: String) -> Bool { match(string) }
}
