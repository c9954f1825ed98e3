import JSON
import OpenAPIDocument

/// What the values of a schema look like from outside: what can tell them from those of another schema.
struct SchemaProfile {
    var types: Set<JSONType>
    var properties: [String: Schema] = [:]
    var required: [String] = []
}

extension SchemaPlanner {
    func profile(of schema: Schema, _ path: [String] = []) -> SchemaProfile {
        if let reference = schema.soleReference {
            guard !path.contains(reference.name), let target = document.components.schemas[reference.name] else {
                return SchemaProfile(types: [])
            }
            var profile = profile(of: target, path + [reference.name])
            if schema.isNullable { profile.types.insert(.null) }
            return profile
        }
        let content = merged(schema).content
        return SchemaProfile(
            types: types(of: content, path),
            properties: Dictionary(content.properties.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
            required: content.required)
    }

    private func types(of content: Schema.Content, _ path: [String]) -> Set<JSONType> {
        if content.truth == false { return [] }
        if let values = content.constant.map({ [$0] }) ?? content.enumeration {
            let types = Set(values.map(\.type))
            return content.types.isEmpty ? types : types.filter { content.concerns($0) }
        }
        if !content.types.isEmpty { return Set(content.types) }
        let alternatives = content.oneOf.isEmpty ? content.anyOf : content.oneOf
        if !alternatives.isEmpty {
            var types = alternatives.reduce(into: Set<JSONType>()) { $0.formUnion(profile(of: $1, path).types) }
            if content.isNullable { types.insert(.null) }
            return types
        }
        if ["properties", "additionalProperties", "patternProperties"].contains(where: { content.has($0) }) {
            return [.object]
        }
        if ["items", "prefixItems"].contains(where: { content.has($0) }) { return [.array] }
        return Set(JSONType.allCases)
    }

    /// The strings that a schema is restricted to, if it is.
    func constants(of schema: Schema) -> [String]? {
        let content = merged(schema).content
        guard let values = content.constant.map({ [$0] }) ?? content.enumeration else { return nil }
        let texts = values.compactMap(\.stringValue)
        return texts.count == values.count ? texts : nil
    }
}

extension Schema.Content {
    /// Whether values of a type can be valid.
    func concerns(_ type: JSONType) -> Bool {
        types.isEmpty || types.contains(type) || (type == .integer && types.contains(.number))
    }
}

extension JSONValue {
    /// The narrowest type of the value.
    var type: JSONType {
        switch content {
        case .null: .null
        case .bool: .boolean
        case .number(let number): number.isInteger ? .integer : .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    var stringValue: String? {
        if case .string(let text) = content { text } else { nil }
    }

    var intValue: Int? {
        if case .number(let number) = content { number.int } else { nil }
    }
}
