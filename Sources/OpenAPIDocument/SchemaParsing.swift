import JSON
import OrderedCollections
import YAML

extension DocumentParser {
    mutating func schema(_ node: YAMLNode) -> Schema? {
        if case .scalar(.bool) = node.content {
            error("the schemas 'true' and 'false' are not supported yet", at: node.position)
            return nil
        }
        guard let fields = fields(node, "a schema", known: Schema.knownKeywords) else { return nil }
        return Schema(fields, &self)
    }

    mutating func schemas(_ node: YAMLNode?) -> OrderedDictionary<String, Schema> {
        guard let node, let fields = fields(node, "a set of schemas", known: nil) else { return [:] }
        var schemas: OrderedDictionary<String, Schema> = [:]
        for (name, _, value) in fields.members { schemas[name] = schema(value) }
        return schemas
    }

    /// `$ref` of a schema, which must lead to a component.
    mutating func schemaReference(_ fields: Fields) -> Schema.Reference? {
        guard let node = fields["$ref"], let text = string(node) else { return nil }
        let prefix = "#/components/schemas/"
        guard text.hasPrefix(prefix), !text.dropFirst(prefix.count).contains("/") else {
            error("a '$ref' to anything but '\(prefix)…' in the same document is not supported yet", at: node.position)
            return nil
        }
        let reference = Schema.Reference(name: unescaped(text.dropFirst(prefix.count)), position: node.position)
        schemaReferences.append(reference)
        return reference
    }

    mutating func types(_ fields: Fields) -> [JSONType] {
        var types: [JSONType] = []
        let names: [YAMLNode] = fields["type"].map { $0.sequence ?? [$0] } ?? []
        for node in names {
            // `type: null` without quotes means the type of that name.
            let name = if case .scalar(.null) = node.content { "null" } else { string(node) ?? "" }
            guard let type = JSONType(rawValue: name) else {
                error("'\(name)' is no type of JSON Schema", at: node.position)
                continue
            }
            types.append(type)
        }
        if bool(fields["nullable"]) == true, !types.isEmpty, !types.contains(.null) { types.append(.null) }
        return types
    }

    /// A number that counts something.
    mutating func count(_ node: YAMLNode?) -> Int? {
        guard let node, let number = number(node) else { return nil }
        guard let count = number.int, count >= 0 else {
            error("expecting a whole number that is not negative", at: node.position)
            return nil
        }
        return count
    }

    mutating func number(_ node: YAMLNode?) -> JSONNumber? {
        guard let node else { return nil }
        guard node.jsonValue.kind == .number, case .number(let number) = node.jsonValue.content else {
            error("expecting a number, not \(node.kind)", at: node.position)
            return nil
        }
        return number
    }

    /// Undoes the escapes of JSON Pointer (RFC 6901 §3).
    func unescaped(_ token: Substring) -> String {
        token.replacing("~1", with: "/").replacing("~0", with: "~").description
    }
}
