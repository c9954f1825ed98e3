import ContractDocument
import ContractJSON
import ContractSchema
import ContractYAML

// Default values, which replace absent members.

extension SchemaPlanner {
    /// The default value of a schema; `nil` if the schema has no valid default.
    mutating func defaultValue(_ content: Schema.Content, _ shape: Shape) -> DefaultValue? {
        guard let value = content.defaultValue else { return nil }
        guard isValid(value, content) else {
            warn(
                content.position(of: "default"), .default,
                "the default \(value.text) does not fit the schema, and is left out")
            return nil
        }
        if value.kind == .null, shape.isNullable || shape == .any { return nil }
        if let literal = literal(value, shape) { return literal }
        if let number = defaults.firstIndex(where: { $0.shape == shape.nonNull && $0.value.text == value.text }) {
            return .stored(number)
        }
        defaults.append((shape.nonNull, value))
        return .stored(defaults.count - 1)
    }

    /// A value that emitters can write as a literal; `nil` if no literal has this value.
    private func literal(_ value: JSONValue, _ shape: Shape) -> DefaultValue? {
        switch (value.content, shape.nonNull.unvalidated) {
        case (.bool(let bool), .boolean): return .boolean(bool)
        case (.string(let text), .string(let constraints)): return constraints.parsedFormat == nil ? .string(text) : nil
        case (.string(let text), .constant): return .string(text)
        case (.number(let number), .integer): return number.int.map { .integer($0) }
        case (.number(let number), .unsigned): return number.uint64.map { .unsigned($0) }
        case (.number(let number), .number): return .number(number.text)
        case (.array(let elements), .array(let element, _, _, _)):
            let literals = elements.compactMap { literal($0, element) }
            return literals.count == elements.count ? .array(literals) : nil
        case (.object(let members), .map) where members.isEmpty: return .emptyMap
        case (_, .named(let name)):
            switch types.named(name)?.definition {
            case .enumeration(let cases):
                return cases.first { $0.value == value.stringValue }.map { .enumeration(type: name, name: $0.name) }
            case .integerEnumeration(let cases):
                return cases.first { $0.value == value.intValue }.map { .enumeration(type: name, name: $0.name) }
            default: return nil
            }
        default: return nil
        }
    }

    private func isValid(_ value: JSONValue, _ content: Schema.Content) -> Bool {
        guard let schema = try? JSONSchema(content.json(), resolve: Self.resolver(document)) else { return true }
        return schema.admits(value)
    }

    private static func resolver(_ document: Document) -> JSONSchema.Resolver {
        { reference in
            let name = String(reference.dropFirst(JSONValue.componentPrefix.count))
            guard let component = document.components.schemas[name] else { return nil }
            return try? JSONSchema(component.json, resolve: resolver(document))
        }
    }
}
