/// Somebody who may use the service: what the access file says of the holder of a token.
struct AccessToken: Sendable, Hashable {
    /// What the log knows it by.
    var name: String
    var role: AccessRole
    /// How the names of the settings begin that it is limited to; `nil` without a limit.
    var prefixes: [String]?

    /// Whether it is for a setting.
    func admits(_ setting: String) -> Bool {
        guard let prefixes else { return true }
        return prefixes.contains { setting.utf8.starts(with: $0.utf8) }
    }

    func refusal(lacking scopes: [String]) -> String {
        "the token \(name) has the role \(role), and this takes \(scopes.joined(separator: " and "))"
    }

    /// What is said of a setting, and of context features, that it is not for.
    var limits: String {
        let prefixes = (prefixes ?? []).joined(separator: " or ")
        return "the token \(name) is limited to settings whose names begin with \(prefixes)"
    }
}

/// What the holder of a token may do.
public enum AccessRole: String, Sendable, CaseIterable {
    /// What is done with GET.
    case read
    /// Declare settings, besides.
    case declare
    /// Everything.
    case write

    /// Whether it may do what the contract asks a scope for.
    func includes(_ scope: String) -> Bool {
        switch self {
        case .read: scope == "read"
        case .declare: scope == "read" || scope == "declare"
        case .write: true
        }
    }
}
