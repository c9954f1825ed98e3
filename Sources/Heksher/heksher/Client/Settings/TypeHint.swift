import HeksherDomain

/// Help for a type that the service would refuse.
enum TypeHint {
    /// Names that other languages have for types.
    private static let names = [
        "integer": "int", "number": "float", "double": "float", "decimal": "float", "string": "str", "text": "str",
        "boolean": "bool", "array": "Sequence<…>", "list": "Sequence<…>", "object": "Mapping<…>", "map": "Mapping<…>",
        "dict": "Mapping<…>", "set": "Flags[…]", "int": "int", "float": "float", "str": "str", "bool": "bool",
    ]

    /// A sentence; `nil` if the type is valid, or if the service explains the mistake better.
    static func hint(for type: String) -> String? {
        if (try? SettingType(parsing: type)) != nil { return nil }
        if let name = names[type.lowercased()] { return "'\(type)' is not a type; use \(name)" }
        if type.hasPrefix("Enum["), !type.contains("\"") {
            return
                "the strings of an Enum are JSON, in quotation marks; write 'Enum[\"dark\",\"light\"]', in quotes for the shell"
        }
        if type.hasPrefix("Flags["), !type.contains("\"") {
            return
                "the strings of Flags are JSON, in quotation marks; write 'Flags[\"a\",\"b\"]', in quotes for the shell"
        }
        return nil
    }
}
