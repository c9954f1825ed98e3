import ContractDocument
import ContractJSON
import ContractSchema
import ContractYAML

// Default values, which replace absent members.

extension SchemaPlanner {
    /// A Swift expression for the default value of a schema; `nil` if there is none or it is not valid.
    mutating func defaultValue(_ content: Schema.Content, _ shape: Shape) -> String? {
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
            return "Defaults.value\(number)"
        }
        defaults.append((shape.nonNull, value))
        return "Defaults.value\(defaults.count - 1)"
    }

    /// A Swift literal for a value; `nil` if Swift has none.
    private func literal(_ value: JSONValue, _ shape: Shape) -> String? {
        switch (value.content, shape.nonNull.unvalidated) {
        case (.bool(let bool), .boolean): return "\(bool)"
        case (.string(let text), .string(let constraints)): return constraints.type == nil ? text.literal : nil
        case (.string(let text), .constant): return text.literal
        case (.number(let number), .integer): return number.int.map(String.init)
        case (.number(let number), .unsigned): return number.uint64.map { "\($0)" }
        case (.number(let number), .number): return number.text
        case (.array(let elements), .array(let element, _, _, _)):
            let literals = elements.compactMap { literal($0, element) }
            return literals.count == elements.count ? "[" + literals.joined(separator: ", ") + "]" : nil
        case (.object(let members), .map) where members.isEmpty: return "[:]"
        case (_, .named(let name)):
            switch types.named(name)?.definition {
            case .enumeration(let cases):
                return cases.first { $0.value == value.stringValue }.map { "Schemas.\(name).\($0.name)" }
            case .integerEnumeration(let cases):
                return cases.first { $0.value == value.intValue }.map { "Schemas.\(name).\($0.name)" }
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
