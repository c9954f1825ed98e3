import OpenAPIDocument

/// Settles what the contract's credentials are in Swift, and what each operation asks for.
struct SecurityPlanner {
    /// In the document's order.
    private let schemes: [SecuritySchemePlan]
    /// Those that operations ask for, in the order in which they do.
    private(set) var cases: [CredentialsPlan] = []

    init(_ document: Document) {
        schemes = document.components.securitySchemes.map { name, scheme in
            SecuritySchemePlan(name: name, documentation: scheme.description, kind: scheme.kind)
        }
    }

    /// What an operation asks for; `nil` if it asks for nothing.
    mutating func plan(_ requirements: [SecurityRequirement]) -> OperationSecurityPlan? {
        var alternatives: [OperationSecurityPlan.Alternative] = []
        for requirement in requirements where !requirement.schemes.isEmpty {
            let names = Set(requirement.schemes.map(\.name))
            let members = schemes.filter { names.contains($0.name) }
            var scopes: [String] = []
            for scope in requirement.schemes.flatMap(\.scopes) where !scopes.contains(scope) { scopes.append(scope) }
            alternatives.append(
                .init(
                    caseName: caseName(members), scopes: scopes, challenges: members.compactMap(\.challenge)))
        }
        guard !alternatives.isEmpty else { return nil }
        return OperationSecurityPlan(
            alternatives: alternatives, admitsAnonymous: requirements.contains { $0.schemes.isEmpty })
    }

    private mutating func caseName(_ members: [SecuritySchemePlan]) -> String {
        let name = SwiftName.lowerCamelCase(members.map(\.name).joined(separator: " and "))
        if !cases.contains(where: { $0.caseName == name }) {
            cases.append(CredentialsPlan(caseName: name, schemes: members))
        }
        return name
    }
}

/// One of the ways in which the contract lets somebody show who they are: a case of `Credentials`.
struct CredentialsPlan {
    var caseName: String
    /// To be satisfied together.
    var schemes: [SecuritySchemePlan]
}

struct SecuritySchemePlan {
    var name: String
    var documentation: String?
    var kind: SecurityScheme.Kind
}

struct OperationSecurityPlan {
    struct Alternative {
        var caseName: String
        var scopes: [String]
        var challenges: [String]
    }

    var alternatives: [Alternative]
    var admitsAnonymous: Bool
    /// Swift expressions of the bodies of 401 and 403.
    var unauthorized = ".text"
    var forbidden = ".text"
}

extension SecuritySchemePlan {
    /// The authentication scheme that a challenge asks for.
    fileprivate var challenge: String? {
        switch kind {
        case .http(let scheme):
            scheme.lowercased() == "bearer" ? "Bearer" : scheme.lowercased() == "basic" ? "Basic" : scheme
        case .oauth2, .openIDConnect: "Bearer"
        // No scheme is registered for keys; a challenge there must be (RFC 9110 §15.5.2).
        case .apiKey: "ApiKey"
        case .mutualTLS: nil
        }
    }
}
