import ContractDocument
import Diagnostics

/// Decides how credentials look in Swift, and which of them each operation requires.
struct SecurityPlanner {
    /// In the document's order.
    private let schemes: [SecuritySchemePlan]
    /// The credentials that operations require, in the order of the operations.
    private(set) var cases: [CredentialsPlan] = []
    private var names = NameScope()
    var notes: [Diagnostic] { names.notes }

    init(_ document: Document) {
        schemes = document.components.securitySchemes.map { name, scheme in
            SecuritySchemePlan(
                name: name, documentation: scheme.description, kind: scheme.kind, position: scheme.position)
        }
    }

    /// The credentials that an operation requires; `nil` if it requires none.
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
        if let known = cases.first(where: { $0.schemes.map(\.name) == members.map(\.name) }) { return known.caseName }
        let place = members.first?.position ?? SourcePosition(line: 1, column: 1)
        let name = SwiftName.escaped(
            names.claim(.lower(members.map(\.name).joined(separator: " and "), at: place)))
        cases.append(CredentialsPlan(caseName: name, schemes: members))
        return name
    }
}

/// An alternative for the credentials of a request: a case of `Credentials`.
struct CredentialsPlan {
    var caseName: String
    /// Schemes that a request must satisfy together.
    var schemes: [SecuritySchemePlan]
}

struct SecuritySchemePlan {
    var name: String
    var documentation: String?
    var kind: SecurityScheme.Kind
    var position: SourcePosition
}

struct OperationSecurityPlan {
    struct Alternative {
        var caseName: String
        var scopes: [String]
        var challenges: [String]
    }

    var alternatives: [Alternative]
    var admitsAnonymous: Bool
    /// Swift expressions for the bodies of the responses 401 and 403.
    var unauthorized = RefusalBody.text
    var forbidden = RefusalBody.text
}

extension SecuritySchemePlan {
    /// The authentication scheme in `WWW-Authenticate`.
    fileprivate var challenge: String? {
        switch kind {
        case .http(let scheme):
            scheme.lowercased() == "bearer" ? "Bearer" : scheme.lowercased() == "basic" ? "Basic" : scheme
        case .oauth2, .openIDConnect: "Bearer"
        // There is no registered scheme for API keys, but a 401 must have a challenge (RFC 9110 §15.5.2).
        case .apiKey: "ApiKey"
        case .mutualTLS, .undeclared: nil
        }
    }
}
