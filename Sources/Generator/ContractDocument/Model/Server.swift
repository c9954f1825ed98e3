import ContractYAML
public import Diagnostics

/// An address of the service (OpenAPI 3.1 §4.8.5).
public struct Server: Sendable {
    /// A variable of a server's URL (OpenAPI 3.1 §4.8.6).
    public struct Variable: Sendable {
        /// The name between the braces.
        public var name: String
        /// The value if the client gives none.
        public var defaultValue: String
        /// All allowed values; empty if any value is allowed.
        public var values: [String]
        /// The description, in Markdown.
        public var description: String?
    }

    /// The URL, with its variables in braces: `https://{region}.example.com/{base}`.
    public var url: String
    /// The description, in Markdown.
    public var description: String?
    /// The variables of the URL, in the order of their declarations.
    public var variables: [Variable]
    /// The position of the server's declaration.
    public var position: SourcePosition
}

extension DocumentParser {
    mutating func servers(_ node: YAMLNode?) -> [Server] {
        (sequence(node) ?? []).compactMap { node in
            guard let fields = fields(node, "a server", known: ["url", "description", "variables", "name"]),
                let urlNode = required("url", of: fields, "a server"), let url = string(urlNode)
            else { return nil }
            let variables = variables(fields["variables"])
            var rest = url[...]
            while let open = rest.firstIndex(of: "{") {
                let name = rest[open...].dropFirst().prefix { $0 != "}" }
                guard name.endIndex < rest.endIndex else {
                    warn("the URL has a '{' without its '}'", .variable, at: urlNode.position)
                    break
                }
                if !variables.contains(where: { $0.name == name }) {
                    warn("the variable '\(name)' of the URL is not declared", .variable, at: urlNode.position)
                }
                rest = rest[name.endIndex...].dropFirst()
            }
            return Server(
                url: url, description: string(fields["description"]),
                variables: variables.filter { url.contains("{\($0.name)}") }, position: node.position)
        }
    }

    private mutating func variables(_ node: YAMLNode?) -> [Server.Variable] {
        guard let node, let fields = fields(node, "'variables'", known: nil) else { return [] }
        return fields.members.compactMap { name, _, value in
            let what = "a variable of a server"
            guard let fields = self.fields(value, what, known: ["enum", "default", "description"]),
                let node = required("default", of: fields, what), let defaultValue = string(node)
            else { return nil }
            var values = strings(fields["enum"])
            if !values.isEmpty, !values.contains(defaultValue) {
                warn("the default '\(defaultValue)' is not one of the values of 'enum'", .variable, at: node.position)
                values.append(defaultValue)
            }
            return Server.Variable(
                name: name, defaultValue: defaultValue, values: values, description: string(fields["description"]))
        }
    }
}
