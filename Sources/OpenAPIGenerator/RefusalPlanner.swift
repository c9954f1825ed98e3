import OpenAPIDocument

// What the contract's answers are to those who may not call an operation.

extension OperationPlanner {
    /// Settles how the sentences of 401 and 403 are told.
    mutating func planRefusals(of plan: inout OperationPlan, _ operation: Operation) {
        guard var security = plan.security else { return }
        if !operation.responses.contains(where: { $0.status == .code(401) }), !security.admitsAnonymous {
            schemas.warn(
                operation.position, "the operation asks for credentials, and has no response 401 for those without")
        }
        security.unauthorized = refusal(401, of: plan, operation)
        security.forbidden = refusal(403, of: plan, operation)
        plan.security = security
    }

    private mutating func refusal(_ status: Int, of plan: OperationPlan, _ operation: Operation) -> String {
        guard let output = plan.outputs.first(where: { $0.status == status }) else { return ".text" }
        guard let response = output.payload.response, !response.contents.isEmpty else { return ".empty" }
        for content in response.contents {
            switch content {
            case .plainText: return ".text"
            case .json(let shape):
                if let member = sentenceMember(of: shape) {
                    return ".json(member: \(member.literal), contentType: \"application/json\")"
                }
            }
        }
        schemas.warn(
            operation.position,
            "how the body of the response \(status) says that credentials are refused is not known: there has to be a member 'detail', 'message' or 'error' for a text, and no other that is required. It is left out; a security handler can answer itself"
        )
        return ".empty"
    }

    /// The member of an object that a sentence can be told in, so that the object is valid with it alone.
    private func sentenceMember(of shape: Shape) -> String? {
        let anyText = Shape.string(StringConstraints())
        switch shape {
        case .any:
            return "detail"
        case .map(let value, names: nil, minProperties: 0...1, _) where value == .any || value == anyText:
            return "detail"
        case .nullable(let wrapped):
            return sentenceMember(of: wrapped)
        case .named(let name):
            guard let type = schemas.types.first(where: { $0.name == name }), type.validator == nil,
                case .structure(let structure) = type.definition, structure.choices.isEmpty
            else { return nil }
            return ["detail", "message", "error"].first { name in
                structure.members.contains { $0.name == name && $0.shape == anyText }
                    && structure.members.allSatisfy { $0.name == name || !$0.isRequired }
            }
        default:
            return nil
        }
    }
}
