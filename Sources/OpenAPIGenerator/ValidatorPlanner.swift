import JSON
import JSONSchema
import OpenAPIDocument
import YAML

// What Swift's types do not say is checked on the JSON value.

extension SchemaPlanner {
    /// A shape whose values are held against schemas besides.
    mutating func validated(_ shape: Shape, _ schemas: [JSONValue], at position: SourcePosition) -> Shape {
        guard let first = schemas.first else { return shape }
        let schema = schemas.count == 1 ? first : ["allOf": JSONValue(array: schemas)]
        guard let number = validator(schema, at: position) else { return shape }
        // A type that is declared here checks itself, wherever it is met.
        if case .named(let name) = shape,
            let index = types.firstIndex(where: { $0.name == name && $0.position == position }),
            types[index].canValidate, types[index].validator == nil || types[index].validator == number
        {
            types[index].validator = number
            return shape
        }
        return .validated(shape, number)
    }

    /// The number of a schema, which is given once.
    private mutating func validator(_ schema: JSONValue, at position: SourcePosition) -> Int? {
        if let number = validators.firstIndex(where: { $0.text == schema.text }) { return number }
        guard isSupported(schema, at: position) else { return nil }
        addComponents(of: schema)
        validators.append(schema)
        return validators.count - 1
    }

    private mutating func isSupported(_ schema: JSONValue, at position: SourcePosition) -> Bool {
        do {
            _ = try JSONSchema(schema)
            return true
        } catch {
            refuse(position, error.message)
            return false
        }
    }

    /// Components that a validator refers to are validators too.
    private mutating func addComponents(of schema: JSONValue) {
        for name in schema.referredComponents {
            guard let component = document.components.schemas[name],
                !validatedComponents.contains(where: { $0.name == name })
            else { continue }
            guard isSupported(component.json, at: component.position) else { continue }
            validatedComponents.append((name, component.json))
            addComponents(of: component.json)
        }
    }
}

extension JSONValue {
    /// The names of the components that a schema refers to, wherever in it.
    fileprivate var referredComponents: [String] {
        switch content {
        case .array(let elements): return elements.flatMap(\.referredComponents)
        case .object(let members):
            return members.flatMap { name, value in
                if name == "$ref", let text = value.stringValue, text.hasPrefix(Self.componentPrefix) {
                    let name = text.dropFirst(Self.componentPrefix.count)
                    return [name.replacing("~1", with: "/").replacing("~0", with: "~").description]
                }
                return value.referredComponents
            }
        default: return []
        }
    }

    static let componentPrefix = "#/components/schemas/"
}
