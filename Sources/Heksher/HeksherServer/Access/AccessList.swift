import FoundationEssentials

/// The known tokens, by their SHA-256.
struct AccessList: Sendable {
    private let tokens: [TokenDigest: AccessToken]
    /// By ``TokenDigest/ticketKey``.
    private let holdersOfTickets: [UInt64: AccessToken]

    /// The number of tokens.
    var count: Int { tokens.count }

    /// Parses an access file. Each line has four words: a token's name, its role, its SHA-256, and its limits. The limits are prefixes of
    /// settings' names, separated by commas, or `*` for all settings. White space separates words; `#` begins a comment.
    ///
    /// ```text
    /// deployment  write    sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  *
    /// checkout    declare  sha256:486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7  checkout.,shared.
    /// ```
    ///
    /// A file that is cut short grants nothing that the whole file does not grant: the last line must end with a line feed, so that a part
    /// of a line is never read, and a token without limits needs its `*`.
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
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Substring.init)
        guard lines.last?.isEmpty == true else {
            throw AccessFileError(
                description:
                    "\(file):\(lines.count): the last line has no line feed at its end: the file may have been cut short"
            )
        }
        for (index, line) in lines.enumerated() {
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
        holdersOfTickets = Dictionary(tokens.values.map { ($0.digest.ticketKey, $0) }) { first, _ in first }
    }

    private static func entry(_ line: Substring) throws(AccessFileError) -> (TokenDigest, AccessToken)? {
        let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
        if words.isEmpty { return nil }
        guard words.count == 4 else {
            let reason =
                words.count == 3
                ? "a line has a name, a role, sha256:… and limits; the limits are missing: write * for a token without limits"
                : "a line has a name, a role, sha256:… and limits; this one has \(words.count) words"
            throw AccessFileError(description: reason)
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
        return (digest, AccessToken(digest: digest, name: words[0], role: role, prefixes: try prefixes(words[3])))
    }

    /// - Returns: `nil` for a token without limits.
    private static func prefixes(_ limits: String) throws(AccessFileError) -> [String]? {
        if limits == "*" { return nil }
        let prefixes = limits.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for prefix in prefixes where !isPrefix(prefix) {
            throw AccessFileError(description: "no setting's name begins with '\(prefix)'")
        }
        return prefixes
    }

    /// Whether a token can have this name.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(\.isOfSettingName)
    }

    /// Whether names of settings can begin with this text.
    static func isPrefix(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(\.isOfSettingName)
    }

    /// The holder of a token.
    ///
    /// The token is found by its SHA-256, so the time that this takes reveals nothing about existing tokens. Digests are compared in
    /// constant time.
    func holder(of token: String) -> AccessToken? {
        tokens[TokenDigest(of: token)]
    }

    /// The holder of the token that a ticket stands for; `nil` if the ticket is not valid.
    func holder(ofTicket text: String) -> AccessToken? {
        guard let ticket = EventTicket(text), let token = holdersOfTickets[ticket.key],
            ticket.isValid(for: token.digest)
        else { return nil }
        return token
    }

    /// Whether a token is still valid, with the same role and limits.
    func contains(_ token: AccessToken) -> Bool { tokens[token.digest] == token }
}

/// An error in an access file: a sentence with the file's name and the line's number.
struct AccessFileError: Error, CustomStringConvertible {
    var description: String
}

extension UInt8 {
    fileprivate var isOfSettingName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
