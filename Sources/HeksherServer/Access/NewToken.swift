import FoundationEssentials

/// A token that nobody has yet.
public struct NewToken: Sendable {
    /// What its holder is given.
    public let text: String
    /// What the access file is given.
    public let line: String

    /// Makes a token of 256 random bits.
    ///
    /// - Parameters:
    ///   - name: what the log is to know it by.
    ///   - prefixes: how the names of the settings begin that it is limited to; none for no limit.
    /// - Throws: ``ConfigurationError`` if the access file could not have such a line.
    public init(name: String, role: AccessRole, prefixes: [String]) throws(ConfigurationError) {
        guard AccessList.isName(name) else {
            throw ConfigurationError("a token's name has letters, digits, '_', '-' and '.'; this one is '\(name)'")
        }
        if let prefix = prefixes.first(where: { !AccessList.isPrefix($0) }) {
            throw ConfigurationError("no setting's name begins with '\(prefix)'")
        }
        var generator = SystemRandomNumberGenerator()
        let bytes = Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
        let digits = bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        text = "heksher_" + digits.replacing("=", with: "")
        let limits = prefixes.isEmpty ? [] : [prefixes.joined(separator: ",")]
        line = ([name, role.rawValue, "sha256:\(TokenDigest(of: text).hexadecimal)"] + limits).joined(separator: " ")
    }
}
