import ContractDocument

// The bodies of responses to requests that are refused before they reach a handler.

extension OperationPlanner {
    /// Decides which bodies the responses 401 and 403 have.
    mutating func planRefusals(of plan: inout OperationPlan, _ operation: Operation) {
        guard var security = plan.security else { return }
        let statuses: [ResponseStatus] = [.code(401), .range(4), .default]
        if !security.admitsAnonymous, !plan.outputs.contains(where: { statuses.contains($0.status) }) {
            schemas.warn(
                operation.position, .refusal,
                "the operation asks for credentials, and has no response 401 for those without")
        }
        security.unauthorized = refusal(401, of: plan, operation) ?? .text
        security.forbidden = refusal(403, of: plan, operation) ?? .text
        plan.security = security
    }

    /// Decides which bodies the responses 406 and 415 have, if the contract declares them.
    mutating func planNegotiation(of plan: inout OperationPlan, _ operation: Operation) {
        let statuses = operation.responses.map(\.status)
        if statuses.contains(.code(415)) { plan.unsupportedMediaType = refusal(415, of: plan, operation) }
        if statuses.contains(.code(406)) { plan.notAcceptable = refusal(406, of: plan, operation) }
    }

    /// The body of a refusal; `nil` if the contract declares no response for its status.
    private mutating func refusal(_ status: Int, of plan: OperationPlan, _ operation: Operation) -> RefusalBody? {
        let outputs = [.code(status), .range(status / 100), .default].compactMap { status in
            plan.outputs.first { $0.status == status }
        }
        guard let output = outputs.first else { return nil }
        if output.contents.isEmpty { return .empty }
        for content in output.contents {
            switch content.kind {
            case .text(let shape) where shape == .plainString: return .text
            case .json(let shape):
                let type = MediaTypeName(content.mediaType).sent
                if type == "application/problem+json", isProblem(shape) { return .problem }
                if let member = sentenceMember(of: shape) {
                    return .json(member: member, contentType: type)
                }
            case .text, .bytes, .events: continue
            }
        }
        schemas.warn(
            operation.position, .refusal,
            "how the body of the response \(status) says why a request is refused is not known: there has to be a member 'detail', 'message' or 'error' for a text, and no other that is required. It is left out"
        )
        return .empty
    }

    /// Whether the members of problem details (RFC 9457 §3.1) are valid for the shape.
    private func isProblem(_ shape: Shape) -> Bool {
        switch shape {
        case .any: return true
        case .nullable(let wrapped): return isProblem(wrapped)
        case .named(let name):
            guard let structure = structure(name) else { return false }
            let known = ["type", "title", "status", "detail"]
            let hasAll =
                !structure.refusesUnknownMembers
                || known.allSatisfy { name in structure.members.contains { $0.name == name } }
            return hasAll && structure.members.allSatisfy { !$0.isRequired || known.contains($0.name) }
        default: return false
        }
    }

    /// The member of an object that can contain the sentence, so that the object is valid with only this member.
    private func sentenceMember(of shape: Shape) -> String? {
        switch shape {
        case .any:
            return "detail"
        case .map(let value, names: nil, minProperties: 0...1, _) where value == .any || value == .plainString:
            return "detail"
        case .nullable(let wrapped):
            return sentenceMember(of: wrapped)
        case .named(let name):
            guard let structure = structure(name) else { return nil }
            return ["detail", "message", "error"].first { name in
                structure.members.contains { $0.name == name && $0.shape == .plainString }
                    && structure.members.allSatisfy { $0.name == name || !$0.isRequired }
            }
        default:
            return nil
        }
    }

    /// The object type with this name; `nil` if it has constraints beyond those of its members.
    private func structure(_ name: String) -> Structure? {
        guard let type = schemas.types.named(name), type.validator == nil,
            case .structure(let structure) = type.definition, structure.choices.isEmpty
        else { return nil }
        return structure
    }
}
