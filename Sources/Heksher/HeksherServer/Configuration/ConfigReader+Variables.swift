public import Configuration
public import HTTPGuard

extension ConfigReader {
    /// The environment of the process.
    public static var environment: ConfigReader { ConfigReader(provider: EnvironmentVariablesProvider()) }

    /// A variable's text without leading and trailing white space; `nil` if the variable is not set or empty.
    ///
    /// - Throws: ``ConfigurationError`` if it is set and empty, but must not be.
    public func text(_ variable: EnvironmentVariable) throws(ConfigurationError) -> String? {
        let declaration = variable.declaration
        guard let text = string(forKey: ConfigKey([variable.name]), isSecret: declaration.isSecret) else { return nil }
        let trimmed = text.trimmed
        guard trimmed.isEmpty else { return trimmed }
        guard declaration.mayBeEmpty else {
            throw ConfigurationError("\(variable.name) is set, but empty: give it a value, or do not set it")
        }
        return nil
    }

    /// A variable that contains a whole number.
    ///
    /// - Throws: ``ConfigurationError`` if it contains anything else.
    public func integer(
        _ variable: EnvironmentVariable, in range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int? {
        guard let text = try text(variable) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ConfigurationError(
                "\(variable.name) is '\(text)': it takes a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }
}

extension String {
    /// The text without leading and trailing spaces, tabs and line breaks, which files and templates often contain.
    var trimmed: String {
        String(trimmingPrefix(while: \.isWhitespace).reversed().trimmingPrefix(while: \.isWhitespace).reversed())
    }
}
