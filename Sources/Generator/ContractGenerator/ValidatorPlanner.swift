import ContractDocument
import ContractJSON
import ContractSchema
import Diagnostics

// Validators check, on the JSON value, the constraints that Swift's types do not express.

extension SchemaPlanner {
    /// A shape whose values must also be valid against schemas.
    mutating func validated(_ shape: Shape, _ schemas: [JSONValue], at position: SourcePosition) -> Shape {
        guard let first = schemas.first else { return shape }
        let schema = schemas.count == 1 ? first : ["allOf": JSONValue(array: schemas)]
        guard let number = validator(schema, at: position) else { return shape }
        // A type that is declared here calls the validator itself, wherever it is used.
        if case .named(let name) = shape,
            let index = types.index(named: name), types[index].position == position,
            types[index].canValidate, types[index].validator == nil || types[index].validator == number
        {
            types[index].validator = number
            return shape
        }
        return .validated(shape, number)
    }

    /// The index of a validator for the schema. Equal schemas share one.
    private mutating func validator(_ schema: JSONValue, at position: SourcePosition) -> Int? {
        let text = schema.text
        if let number = validatorNumbers[text] { return number }
        guard isSupported(schema, at: position) else { return nil }
        addComponents(of: schema)
        validators.append(schema)
        validatorNumbers[text] = validators.count - 1
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

    /// Adds the components that a validator refers to.
    private mutating func addComponents(of schema: JSONValue) {
        for name in schema.referredComponents {
            guard let component = document.components.schemas[name],
                knownValidatedComponents.insert(name).inserted
            else { continue }
            guard isSupported(component.json, at: component.position) else { continue }
            validatedComponents.append((name, component.json))
            addComponents(of: component.json)
        }
    }
}

extension JSONValue {
    /// The names of the components that a schema refers to, at any depth.
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
