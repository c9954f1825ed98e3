import FoundationEssentials
public import HTTPGuard

/// A newly created token.
public struct NewToken: Sendable {
    /// The token for its holder.
    public let text: String
    /// The line for the access file, without its line feed.
    public let line: String

    /// Creates a token of 256 random bits.
    ///
    /// - Parameters:
    ///   - name: the name in the log.
    ///   - prefixes: the prefixes of the settings' names that the token is limited to; empty for no limit.
    /// - Throws: ``ConfigurationError`` if the access file cannot contain such a line.
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
        let limits = prefixes.isEmpty ? "*" : prefixes.joined(separator: ",")
        line = "\(name) \(role.rawValue) sha256:\(TokenDigest(of: text).hexadecimal) \(limits)"
    }
}
