import OpenAPIDocument

// Where the service is, as the document says.

extension SwiftWriter {
    /// An enumeration of the servers, with their variables.
    ///
    /// - Parameter what: what is there.
    mutating func servers(_ servers: [Server], of what: String) {
        documentation("The addresses of \(what).")
        block("public enum Server: Sendable, Hashable") { swift in
            for (index, server) in servers.enumerated() {
                swift.documentation(
                    [server.description, server.url].compactMap { $0?.trimmed }.joined(separator: "\n\n"))
                let values = server.variables.map { variable in
                    let type = swift.type(of: variable, index)
                    let value =
                        variable.values.isEmpty
                        ? variable.defaultValue.literal : ".\(SwiftName.lowerCamelCase(variable.defaultValue))"
                    return "\(SwiftName.lowerCamelCase(variable.name)): \(type) = \(value)"
                }
                swift.line("case server\(index + 1)" + (values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"))
            }
            for (index, server) in servers.enumerated() {
                for variable in server.variables where !variable.values.isEmpty {
                    swift.line()
                    swift.documentation(variable.description)
                    swift.block("public enum \(swift.type(of: variable, index)): String, Sendable, CaseIterable") {
                        swift in
                        for value in variable.values {
                            swift.line("case \(SwiftName.lowerCamelCase(value)) = \(value.literal)")
                        }
                    }
                }
            }
            swift.line()
            swift.documentation(
                "The base URL, without a slash at its end; relative to where the document is, if it is so there.")
            swift.block("public var url: String") { swift in
                swift.line("switch self {")
                for (index, server) in servers.enumerated() { swift.url(of: server, index) }
                swift.line("}")
            }
        }
    }

    private func type(of variable: Server.Variable, _ index: Int) -> String {
        variable.values.isEmpty ? "String" : "Server\(index + 1)" + SwiftName.upperCamelCase(variable.name)
    }

    private mutating func url(of server: Server, _ index: Int) {
        let names = server.variables.map { "let \(SwiftName.lowerCamelCase($0.name))" }
        var url = String(server.url.literal.dropFirst().dropLast())
        while url.hasSuffix("/") { url.removeLast() }
        for variable in server.variables {
            let value = SwiftName.lowerCamelCase(variable.name) + (variable.values.isEmpty ? "" : ".rawValue")
            url = url.replacing("{\(variable.name)}", with: "\\(\(value))")
        }
        let pattern = names.isEmpty ? "" : "(\(names.joined(separator: ", ")))"
        line("case .server\(index + 1)\(pattern): \"\(url)\"")
    }
}
