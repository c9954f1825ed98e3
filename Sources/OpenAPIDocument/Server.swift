public import YAML

/// Where the service of a document is (OpenAPI 3.1 §4.8.5).
public struct Server: Sendable {
    public struct Variable: Sendable {
        public var name: String
        public var defaultValue: String
        /// All values that there are; empty if any is one.
        public var values: [String]
        public var description: String?
    }

    /// With its variables in braces: `https://{region}.example.com/{base}`.
    public var url: String
    public var description: String?
    /// Those of the URL, in the order in which they are declared.
    public var variables: [Variable]
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
                    error("the URL has a '{' without its '}'", at: urlNode.position)
                    break
                }
                if !variables.contains(where: { $0.name == name }) {
                    error("the variable '\(name)' of the URL is not declared", at: urlNode.position)
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
            let values = strings(fields["enum"])
            if !values.isEmpty, !values.contains(defaultValue) {
                error("the default '\(defaultValue)' is none of the values of 'enum'", at: node.position)
            }
            return Server.Variable(
                name: name, defaultValue: defaultValue, values: values, description: string(fields["description"]))
        }
    }
}
