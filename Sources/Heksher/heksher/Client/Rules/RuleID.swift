import ArgumentParser

/// The id of a rule on the command line.
enum RuleID {
    /// - Throws: `ValidationError`.
    @Sendable
    static func parse(_ text: String) throws -> Int {
        guard let id = Int(text) else {
            throw ValidationError("a rule is given by its number, which 'heksher rules' shows")
        }
        return id
    }
}
