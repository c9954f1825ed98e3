import ContractDocument

// Credentials: a case for each alternative that the contract has. Servers decode them from requests, and clients encode
// them.

extension Plan {
    /// `Security.swift`; it contains only a comment if no operation requires credentials.
    func security() -> String {
        guard !credentials.isEmpty else { return "// No operation asks for credentials.\n" }
        return file("Security") { swift in
            swift.credentials(credentials)
            for operation in operations {
                guard let security = operation.security else { continue }
                swift.line()
                swift.operationSecurity(security, operation, realm: title)
            }
        }
    }
}

extension SwiftWriter {
    fileprivate mutating func credentials(_ cases: [CredentialsPlan]) {
        documentation("The credentials of a caller, for one of the contract's security schemes.")
        block("\(access) enum Credentials: ContractRuntime.SecurityCredentials") { swift in
            for plan in cases {
                let documentation = plan.schemes.compactMap(\.documentation).map(\.trimmed).joined(separator: "\n\n")
                swift.documentation(documentation)
                swift.line("case \(plan.caseName)\(plan.associatedValues)")
            }
            swift.line()
            swift.block("\(swift.access) enum Kind: Sendable, Hashable") { swift in
                swift.line("case \(cases.map(\.caseName).joined(separator: ", "))")
            }
            swift.line()
            swift.block("\(swift.access) var kind: Kind") { swift in
                swift.line("switch self {")
                for plan in cases { swift.line("case .\(plan.caseName): .\(plan.caseName)") }
                swift.line("}")
            }
            swift.line()
            swift.block(
                "\(swift.access) static func read(_ kind: Kind, from source: some ContractRuntime.CredentialSource) -> Credentials?"
            ) {
                swift in
                swift.line("switch kind {")
                for plan in cases { swift.reading(of: plan) }
                swift.line("}")
            }
            swift.line()
            swift.block("\(swift.access) func add(to request: inout ContractRuntime.APIRequest)") { swift in
                swift.line("switch self {")
                for plan in cases { swift.adding(of: plan) }
                swift.line("}")
            }
        }
    }

    private mutating func reading(of plan: CredentialsPlan) {
        let readings = plan.schemes.compactMap(\.reading)
        line("case .\(plan.caseName):")
        indented { swift in
            guard !readings.isEmpty else { return swift.line("return .\(plan.caseName)") }
            let names = readings.indices.map { "part\($0)" }
            let bindings = zip(names, readings).map { "let \($0) = \($1)" }.joined(separator: ", ")
            swift.line("guard \(bindings) else { return nil }")
            swift.line("return .\(plan.caseName)(\(names.joined(separator: ", ")))")
        }
    }

    private mutating func adding(of plan: CredentialsPlan) {
        let additions = plan.schemes.filter { $0.swiftType != nil }.map(\.additionalArguments)
        guard !additions.isEmpty else { return line("case .\(plan.caseName): break") }
        let names = additions.indices.map { "part\($0)" }
        line("case .\(plan.caseName)(\(names.map { "let \($0)" }.joined(separator: ", "))):")
        indented { swift in
            for (name, arguments) in zip(names, additions) { swift.line("\(name).add(to: &request\(arguments))") }
        }
    }

    fileprivate mutating func operationSecurity(
        _ security: OperationSecurityPlan, _ operation: OperationPlan, realm: String
    ) {
        block("extension \(operation.typeName)") { swift in
            swift.documentation("The credentials and scopes that the operation requires.")
            swift.line("\(swift.access) static let security = ContractRuntime.OperationSecurity<Credentials>(")
            swift.indented { swift in
                swift.line("\(operation.operationID.literal),")
                swift.line("[")
                swift.indented { swift in
                    for alternative in security.alternatives {
                        let scopes = alternative.scopes.map(\.literal).joined(separator: ", ")
                        let challenges = alternative.challenges.map(\.literal).joined(separator: ", ")
                        swift.line(".init(.\(alternative.caseName), scopes: [\(scopes)], challenges: [\(challenges)]),")
                    }
                }
                swift.line("],")
                swift.line("admitsAnonymous: \(security.admitsAnonymous), realm: \(realm.literal),")
                swift.line("unauthorized: \(security.unauthorized.swift), forbidden: \(security.forbidden.swift))")
            }
        }
    }
}

extension CredentialsPlan {
    fileprivate var associatedValues: String {
        let types = schemes.compactMap(\.swiftType)
        return types.isEmpty ? "" : "(\(types.joined(separator: ", ")))"
    }
}

extension SecuritySchemePlan {
    /// The type of the credentials; `nil` if requests do not contain them.
    fileprivate var swiftType: String? {
        switch kind {
        case .http(let scheme):
            switch scheme.lowercased() {
            case "bearer": "ContractRuntime.BearerToken"
            case "basic": "ContractRuntime.BasicCredentials"
            default: "ContractRuntime.HTTPCredentials"
            }
        case .oauth2, .openIDConnect: "ContractRuntime.BearerToken"
        case .apiKey: "ContractRuntime.APIKey"
        // The TLS connection has the credentials, or the document does not say where they are.
        case .mutualTLS, .undeclared: nil
        }
    }

    fileprivate var additionalArguments: String {
        switch kind {
        case .http(let scheme) where swiftType == "ContractRuntime.HTTPCredentials": ", scheme: \(scheme.literal)"
        case .apiKey(let name, let location): ", .\(location), \(name.literal)"
        default: ""
        }
    }

    /// An expression that decodes the credentials; `nil` if requests do not contain them.
    fileprivate var reading: String? {
        swiftType.map { "\($0)(in: source\(additionalArguments))" }
    }
}
