import FoundationEssentials

/// The tokens that the service knows, by their SHA-256.
struct AccessList: Sendable {
    private let tokens: [TokenDigest: AccessToken]

    /// How many there are.
    var count: Int { tokens.count }

    /// Reads an access file: a line for each token, with its name, its role, the SHA-256 of the token, and perhaps the prefixes
    /// that it is limited to, with commas between them. White space separates; `#` begins a comment.
    ///
    /// ```text
    /// deployment  write    sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
    /// checkout    declare  sha256:486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7  checkout.,shared.
    /// ```
    ///
    /// - Throws: ``AccessFileError``.
    init(file: String) throws(AccessFileError) {
        guard let contents = FileManager.default.contents(atPath: file) else {
            throw AccessFileError(description: "\(file) cannot be read")
        }
        guard let text = String(validating: contents, as: UTF8.self) else {
            throw AccessFileError(description: "\(file) is no text in UTF-8")
        }
        try self.init(parsing: text, file: file)
    }

    init(parsing text: String, file: String) throws(AccessFileError) {
        var tokens: [TokenDigest: AccessToken] = [:]
        var lineOfName: [String: Int] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let number = index + 1
            do {
                guard let (digest, token) = try Self.entry(line) else { continue }
                if let other = lineOfName.updateValue(number, forKey: token.name) {
                    throw AccessFileError(description: "the name \(token.name) is that of line \(other), too")
                }
                if let other = tokens.updateValue(token, forKey: digest) {
                    throw AccessFileError(description: "the token is that of \(other.name), too")
                }
            } catch {
                throw AccessFileError(description: "\(file):\(number): \(error)")
            }
        }
        guard !tokens.isEmpty else { throw AccessFileError(description: "\(file) has no token") }
        self.tokens = tokens
    }

    private static func entry(_ line: Substring) throws(AccessFileError) -> (TokenDigest, AccessToken)? {
        let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
        if words.isEmpty { return nil }
        guard (3...4).contains(words.count) else {
            throw AccessFileError(
                description:
                    "a line has a name, a role, sha256:… and perhaps prefixes; this one has \(words.count) words")
        }
        guard isName(words[0]) else {
            throw AccessFileError(
                description: "a name has letters, digits, '_', '-' and '.'; this one is '\(words[0])'")
        }
        guard let role = AccessRole(rawValue: words[1]) else {
            throw AccessFileError(description: "a role is read, declare or write; this one is '\(words[1])'")
        }
        guard words[2].hasPrefix("sha256:"), let digest = TokenDigest(hexadecimal: words[2].dropFirst(7)) else {
            throw AccessFileError(description: "after the role comes sha256: and 64 hexadecimal digits")
        }
        var prefixes: [String]?
        if words.count == 4 {
            let parts = words[3].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            for part in parts where !isPrefix(part) {
                throw AccessFileError(description: "no setting's name begins with '\(part)'")
            }
            prefixes = parts
        }
        return (digest, AccessToken(name: words[0], role: role, prefixes: prefixes))
    }

    /// Whether a token can have this name.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || $0.isOfSettingName }
    }

    /// Whether names of settings can begin so.
    static func isPrefix(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(\.isOfSettingName)
    }

    /// Who holds a token.
    ///
    /// It is looked for by its SHA-256, so that the time this takes says nothing about the tokens that there are; what digests have
    /// in common is compared in constant time.
    func holder(of token: String) -> AccessToken? {
        tokens[TokenDigest(of: token)]
    }
}

/// What is wrong with an access file: a sentence with the file's name, and the line's number.
struct AccessFileError: Error, CustomStringConvertible {
    var description: String
}

extension UInt8 {
    fileprivate var isOfSettingName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
