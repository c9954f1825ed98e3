/// Names in Swift: those of a configuration before those made of the document's.
struct SwiftNames {
    private let types: [String: String]
    private let operations: [String: String]
    private let properties: [String: String]
    /// The names of properties that have been asked for.
    private(set) var usedProperties: Set<String> = []

    init(_ names: Configuration.Names) {
        let texts = { (table: [Configuration.Text: String]) in
            Dictionary(table.map { ($0.key.text, $0.value) }) { first, _ in first }
        }
        types = texts(names.types)
        operations = texts(names.operations)
        properties = texts(names.properties)
    }

    /// Of a schema in `components`.
    func type(_ name: String) -> String { SwiftName.upperCamelCase(types[name] ?? name) }

    /// The function of an operation.
    func method(_ id: String) -> String { SwiftName.lowerCamelCase(operations[id] ?? id) }

    /// The namespace of an operation.
    func namespace(_ id: String) -> String { SwiftName.upperCamelCase(operations[id] ?? id) }

    /// Of a property of a schema in `components`, if the configuration has one.
    mutating func property(_ name: String, of schema: String) -> String? {
        let key = "\(schema).\(name)"
        guard let swiftName = properties[key] else { return nil }
        usedProperties.insert(key)
        return SwiftName.lowerCamelCase(swiftName)
    }
}
