import Diagnostics

// Path templates (OpenAPI 3.1 §4.8.8).

extension DocumentParser {
    /// The segments of a path template, which begins with a slash. `/` has none.
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
                    error("it is unclear where one parameter ends and the next one begins: '\(text)'", at: position)
                }
                pieces.append(.parameter(String(name)))
                rest = end.dropFirst()
            }
            return PathSegment(pieces)
        }
    }

    /// Declares the parameters of the path that the operation does not declare, and removes declared ones that the path
    /// does not have.
    mutating func settlePathParameters(of operation: inout Operation) {
        let declared = operation.parameters.filter { $0.location == .path }
        let names = operation.path.flatMap(\.parameters)
        for parameter in declared where !names.contains(parameter.name) {
            warn("the path has no parameter '\(parameter.name)'", .parameter, at: parameter.position)
        }
        operation.parameters.removeAll { $0.location == .path && !names.contains($0.name) }
        var seen = Set(declared.map(\.name))
        for name in names where seen.insert(name).inserted {
            warn(
                "the parameter '\(name)' of the path is not declared, and is a string", .parameter,
                at: operation.position)
            operation.parameters.append(Parameter(string: name, at: operation.position))
        }
        if Set(names).count < names.count {
            error("a parameter comes twice in the path", at: operation.position)
        }
    }
}

extension Parameter {
    /// A path parameter whose values are strings.
    fileprivate init(string name: String, at position: SourcePosition) {
        self.init(
            name: name, location: .path, isRequired: true, isDeprecated: false, schema: .string(at: position),
            content: [],
            allowsReserved: false, allowsEmptyValue: false, position: position)
    }
}

extension Schema {
    /// The schema `type: string`.
    static func string(at position: SourcePosition) -> Schema {
        var content = Content(position: position)
        content.types = [.string]
        content.keywords = [Keyword(name: "type", position: position)]
        return Schema(content)
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

    /// The segment without the names of its parameters. Equal segments match the same requests.
    var withoutNames: PathSegment {
        switch self {
        case .literal: self
        case .parameter: .parameter("")
        case .composite(let pieces):
            .composite(pieces.map { if case .parameter = $0 { .parameter("") } else { $0 } })
        }
    }
}
