import ContractDocument
import Diagnostics

// The addresses of the service.

extension OperationPlanner {
    mutating func plan(_ servers: [Server]) -> [ServerPlan] {
        var types = NameScope()
        return servers.enumerated().map { index, server in
            let position = server.position
            var labels = NameScope()
            let names = labels.claim(server.variables.map { .lower($0.name, at: position) })
            let variables = zip(server.variables, names).map { variable, label in
                plan(variable, label, of: index, &types, position)
            }
            schemas.add(labels.notes)
            let texts = [server.description, server.url].compactMap { $0?.trimmed }
            return ServerPlan(
                caseName: "server\(index + 1)", documentation: texts.joined(separator: "\n\n"),
                url: Self.pieces(of: server.url, server.variables.map(\.name)), variables: variables)
        }
    }

    private mutating func plan(
        _ variable: Server.Variable, _ label: String, of index: Int, _ types: inout NameScope,
        _ position: SourcePosition
    ) -> ServerPlan.Variable {
        // Ignore repeated values.
        var values: [String] = []
        for value in variable.values where !values.contains(value) { values.append(value) }
        var names = NameScope()
        let cases = Array(zip(names.claim(values.map { .lower($0, at: position) }), values))
        let naming = TypeNaming("Server\(index + 1)", variable.name)
        let type = types.claim(
            .init(
                source: variable.name, preferred: naming.preferred, alternative: naming.alternative, position: position)
        )
        schemas.add(names.notes + (values.isEmpty ? [] : types.notes))
        return ServerPlan.Variable(
            label: label, type: values.isEmpty ? "String" : type, documentation: variable.description,
            defaultValue: variable.defaultValue,
            defaultCase: cases.first { $0.1 == variable.defaultValue }?.0,
            cases: cases.map { (name: $0.0, value: $0.1) })
    }

    /// The URL of a server, with the indices of its variables.
    private static func pieces(of url: String, _ names: [String]) -> [ServerPlan.Piece] {
        var url = url[...]
        while url.hasSuffix("/") { url.removeLast() }
        var pieces: [ServerPlan.Piece] = []
        var text = ""
        while let character = url.first {
            let index = character == "{" ? names.firstIndex { url.hasPrefix("{\($0)}") } : nil
            if let index {
                if !text.isEmpty { pieces.append(.text(text)) }
                text = ""
                pieces.append(.variable(index))
                url = url.dropFirst(names[index].count + 2)
            } else {
                text.append(character)
                url = url.dropFirst()
            }
        }
        return text.isEmpty ? pieces : pieces + [.text(text)]
    }
}
