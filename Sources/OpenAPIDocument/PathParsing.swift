import YAML

// Path templates (OpenAPI 3.1 §4.8.8).

extension DocumentParser {
    /// The segments of a template, which begins with a slash; none for the slash alone.
    mutating func segments(of template: String, at position: SourcePosition) -> [PathSegment] {
        if template == "/" { return [] }
        return template.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { text in
            var pieces: [PathPiece] = []
            var rest = text
            while !rest.isEmpty {
                let literal = rest.prefix { $0 != "{" && $0 != "}" }
                if !literal.isEmpty { pieces.append(.literal(String(literal))) }
                rest = rest[literal.endIndex...]
                guard !rest.isEmpty else { break }
                let name = rest.dropFirst().prefix { $0 != "}" && $0 != "{" }
                let end = rest[name.endIndex...]
                guard rest.first == "{", end.first == "}", !name.isEmpty else {
                    error("a parameter in the path is a name in braces: '\(text)'", at: position)
                    return .literal(String(text))
                }
                if case .parameter? = pieces.last {
                    error("nothing tells where a parameter ends and the next one begins: '\(text)'", at: position)
                }
                pieces.append(.parameter(String(name)))
                rest = end.dropFirst()
            }
            return PathSegment(pieces)
        }
    }

    mutating func checkPathParameters(of operation: Operation) {
        let declared = operation.parameters.filter { $0.location == .path }
        let names = operation.path.flatMap(\.parameters)
        for name in names where !declared.contains(where: { $0.name == name }) {
            error("the parameter '\(name)' of the path is not declared", at: operation.position)
        }
        for parameter in declared where !names.contains(parameter.name) {
            error("the path has no parameter '\(parameter.name)'", at: parameter.position)
        }
        if Set(names).count < names.count {
            error("a parameter comes twice in the path", at: operation.position)
        }
    }
}

extension PathSegment {
    fileprivate init(_ pieces: [PathPiece]) {
        switch (pieces.first, pieces.count) {
        case (nil, _): self = .literal("")
        case (.literal(let text)?, 1): self = .literal(text)
        case (.parameter(let name)?, 1): self = .parameter(name)
        default: self = .composite(pieces)
        }
    }

    /// What requests it matches, whatever its parameters are called.
    var withoutNames: PathSegment {
        switch self {
        case .literal: self
        case .parameter: .parameter("")
        case .composite(let pieces):
            .composite(pieces.map { if case .parameter = $0 { .parameter("") } else { $0 } })
        }
    }
}
