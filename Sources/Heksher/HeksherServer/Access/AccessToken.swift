import ContractJSON

/// The holder of a token, as the access file describes it.
struct AccessToken: Sendable, Hashable {
    /// The SHA-256 of the token itself.
    var digest: TokenDigest
    /// The name in the log.
    var name: String
    var role: AccessRole
    /// The prefixes of the settings' names that the token is limited to; `nil` without a limit.
    var prefixes: [String]?

    /// Whether the token may access a setting.
    func admits(_ setting: String) -> Bool {
        guard let prefixes else { return true }
        return prefixes.contains { setting.utf8.starts(with: $0.utf8) }
    }

    func refusal(lacking scopes: [String]) -> String {
        "the token \(name) has the role \(role), and this takes \(scopes.joined(separator: " and "))"
    }

    /// The sentence about a setting, or about context features, that the token may not access.
    var limits: String {
        let prefixes = prefixes ?? []
        var names = prefixes.prefix(20).map { $0.shortened() }
        if prefixes.count > names.count { names.append("\(prefixes.count - names.count) others") }
        return "the token \(name) is limited to settings whose names begin with \(names.joined(separator: " or "))"
    }
}

/// The operations that a token allows.
public enum AccessRole: String, Sendable, CaseIterable {
    /// All operations with GET.
    case read
    /// Also declaring settings.
    case declare
    /// Everything.
    case write

    /// Whether the role allows operations with this scope in the contract.
    func includes(_ scope: String) -> Bool {
        switch self {
        case .read: scope == "read"
        case .declare: scope == "read" || scope == "declare"
        case .write: true
        }
    }
}
