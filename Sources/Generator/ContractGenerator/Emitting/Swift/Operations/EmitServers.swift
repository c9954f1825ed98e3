// The addresses of the service, as the document declares them.

extension SwiftWriter {
    /// Declares an enumeration of the servers, with their variables as associated values.
    ///
    /// - Parameter what: the name of the thing at these addresses, for the doc comment.
    mutating func servers(_ servers: [ServerPlan], of what: String) {
        documentation("The addresses of \(what).")
        block("\(access) enum Server: Sendable, Hashable") { swift in
            for server in servers {
                swift.documentation(server.documentation)
                let values = server.variables.map { variable in
                    let value =
                        variable.defaultCase.map { ".\(SwiftName.escaped($0))" } ?? variable.defaultValue.literal
                    return "\(variable.label): \(variable.type) = \(value)"
                }
                swift.line("case \(server.caseName)" + (values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"))
            }
            for variable in servers.flatMap(\.variables) where !variable.cases.isEmpty {
                swift.line()
                swift.documentation(variable.documentation)
                swift.block("\(swift.access) enum \(variable.type): String, Sendable, CaseIterable") { swift in
                    for (name, value) in variable.cases {
                        swift.line("case \(SwiftName.escaped(name)) = \(value.literal)")
                    }
                }
            }
            swift.line()
            swift.documentation(
                "The base URL, without a slash at its end; relative to where the document is, if it is so there.")
            swift.block("\(swift.access) var url: String") { swift in
                swift.line("switch self {")
                for server in servers { swift.url(of: server) }
                swift.line("}")
            }
        }
    }

    private mutating func url(of server: ServerPlan) {
        let names = server.variables.map { "let \(SwiftName.escaped($0.label))" }
        let url = server.url.map { piece in
            switch piece {
            case .text(let text): return text.literalBody
            case .variable(let index):
                let variable = server.variables[index]
                return "\\(\(SwiftName.escaped(variable.label))\(variable.cases.isEmpty ? "" : ".rawValue"))"
            }
        }.joined()
        let pattern = names.isEmpty ? "" : "(\(names.joined(separator: ", ")))"
        line("case .\(server.caseName)\(pattern): \"\(url)\"")
    }
}
