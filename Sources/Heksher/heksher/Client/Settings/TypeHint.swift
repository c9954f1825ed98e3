import HeksherDomain

/// Help for a type that the service would refuse.
enum TypeHint {
    /// Names that other languages have for types.
    private static let names = [
        "integer": "int", "number": "float", "double": "float", "decimal": "float", "string": "str", "text": "str",
        "boolean": "bool", "array": "Sequence<…>", "list": "Sequence<…>", "object": "Mapping<…>", "map": "Mapping<…>",
        "dict": "Mapping<…>", "set": "Flags[…]", "int": "int", "float": "float", "str": "str", "bool": "bool",
    ]

    private static let examples = ["Enum": #"Enum["dark","light"]"#, "Flags": #"Flags["a","b"]"#]

    /// A sentence; `nil` if the type is valid, or if the service explains the mistake better.
    static func hint(for type: String) -> String? {
        if (try? SettingType(parsing: type)) != nil { return nil }
        if let name = names[type.lowercased()] { return "'\(type)' is not a type; use \(name)" }
        guard let example = examples.first(where: { type.hasPrefix("\($0.key)[") }), !type.contains("\"") else {
            return nil
        }
        return "strings in \(example.key)[…] have quotation marks; write '\(example.value)', in quotes for the shell"
    }
}
