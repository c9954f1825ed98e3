/// Swift names that come from the configuration, or else from the document's names.
struct SwiftNames {
    private let types: [String: String]
    private let operations: [String: String]
    private let properties: [String: String]
    /// The configured properties that have been found.
    private(set) var usedProperties: Set<String> = []

    init(_ names: Configuration.Names) {
        let texts = { (table: [Configuration.Text: String]) in
            Dictionary(table.map { ($0.key.text, $0.value) }) { first, _ in first }
        }
        types = texts(names.types)
        operations = texts(names.operations)
        properties = texts(names.properties)
    }

    /// The Swift name of a component schema.
    func type(_ name: String) -> String { SwiftName.upperCamelCase(types[name] ?? name) }

    /// Whether the configuration has a name for a schema.
    func hasType(_ name: String) -> Bool { types[name] != nil }

    /// Whether the configuration has a name for an operation.
    func hasOperation(_ id: String) -> Bool { operations[id] != nil }

    /// The name of an operation's function.
    func method(_ id: String) -> String { SwiftName.lowerCamelCase(operations[id] ?? id) }

    /// The name of an operation's namespace.
    func namespace(_ id: String) -> String { SwiftName.upperCamelCase(operations[id] ?? id) }

    /// The configured name for a property of a component schema; `nil` if the configuration does not name it.
    mutating func property(_ name: String, of schema: String) -> String? {
        let key = "\(schema).\(name)"
        guard let swiftName = properties[key] else { return nil }
        usedProperties.insert(key)
        return SwiftName.lowerCamelCase(swiftName)
    }
}
