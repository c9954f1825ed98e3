import ECMAPattern
import JSON
import OpenAPIDocument
import YAML

/// Turns schemas into shapes and named types, and refuses what is not supported.
struct SchemaPlanner {
    let document: Document
    private(set) var types: [NamedType] = []
    private(set) var patterns: [String] = []
    private(set) var diagnostics: [Diagnostic] = []
    /// The Swift names given so far, with what they stand for.
    private var namedSchemas: [String: String] = [:]
    /// Components being planned, to notice those that contain themselves.
    private var inProgress: [String] = []

    init(document: Document) {
        self.document = document
    }

    /// Plans all component schemas, in the file's order.
    mutating func planComponents() {
        for (name, schema) in document.components.schemas {
            _ = shape(ofComponent: name, schema, at: schema.position)
        }
    }

    /// The shape of a schema.
    ///
    /// - Parameter name: what to call a type that has no name of its own.
    mutating func shape(of schema: Schema, named name: String) -> Shape {
        if let reference = schema.reference {
            guard let target = document.components.schemas[reference.name] else {
                return refuse(reference.position, "the schema \(reference.name) does not exist")
            }
            refuseKeywords(of: schema, except: ["$ref", "title", "description", "deprecated", "examples", "example"])
            return shape(ofComponent: reference.name, target, at: reference.position)
        }
        return shape(ofInline: schema, named: SwiftName.upperCamelCase(name))
    }

    private mutating func shape(ofComponent name: String, _ schema: Schema, at position: SourcePosition) -> Shape {
        let swiftName = SwiftName.upperCamelCase(name)
        if inProgress.contains(name) {
            return refuse(position, "the schema \(name) contains itself, which is not supported yet")
        }
        if namedSchemas[swiftName] == "#/components/schemas/\(name)" { return .named(swiftName) }
        // A component that is a reference is no type of its own.
        if schema.reference != nil { return shape(of: schema, named: name) }
        inProgress.append(name)
        defer { inProgress.removeLast() }
        return shape(ofInline: schema, named: swiftName, origin: "#/components/schemas/\(name)")
    }

    private mutating func shape(ofInline schema: Schema, named name: String, origin: String? = nil) -> Shape {
        let isNullable = schema.types.contains(.null)
        let shape = nonNullShape(of: schema, named: name, origin: origin)
        return isNullable && schema.types != [.null] ? .nullable(shape) : shape
    }

    private mutating func nonNullShape(of schema: Schema, named name: String, origin: String?) -> Shape {
        if !schema.oneOf.isEmpty { return union(schema, "oneOf", schema.oneOf, name, origin) }
        if !schema.anyOf.isEmpty, schema.properties.isEmpty {
            return union(schema, "anyOf", schema.anyOf, name, origin)
        }
        if let values = schema.enumeration { return enumeration(schema, values, name, origin) }
        let types = schema.types.filter { $0 != .null }
        guard let type = types.first else {
            refuseKeywords(of: schema, except: SchemaKeywords.annotations)
            return .any
        }
        if types.count > 1 {
            return refuse(schema.position(of: "type"), "the keyword 'type' with several types is not supported yet")
        }
        let presence: Set<String> = type == .object && !schema.properties.isEmpty ? ["anyOf"] : []
        refuseKeywords(of: schema, except: SchemaKeywords.supported(by: type).union(presence))
        switch type {
        case .null: return refuse(schema.position(of: "type"), "the type 'null' alone is not supported yet")
        case .boolean: return .boolean
        case .integer: return integer(schema)
        case .number: return number(schema)
        case .string: return string(schema)
        case .array: return array(schema, name)
        case .object: return object(schema, name, origin)
        }
    }

    // MARK: Scalars

    private mutating func integer(_ schema: Schema) -> Shape {
        var minimum = bound(schema.minimum, of: schema, "minimum")
        var maximum = bound(schema.maximum, of: schema, "maximum")
        switch schema.format {
        case "int32":
            minimum = max(minimum ?? .min, Int(Int32.min))
            maximum = min(maximum ?? .max, Int(Int32.max))
        case nil, "int64": break
        case let format?:
            return refuse(schema.position(of: "format"), "the format '\(format)' of integers is not supported yet")
        }
        return .integer(minimum: minimum, maximum: maximum)
    }

    private mutating func bound(_ number: JSONNumber?, of schema: Schema, _ keyword: String) -> Int? {
        guard let number else { return nil }
        if let int = number.int { return int }
        _ = refuse(schema.position(of: keyword), "the '\(keyword)' \(number.text) of integers is not supported yet")
        return nil
    }

    private mutating func number(_ schema: Schema) -> Shape {
        if let format = schema.format, format != "double" {
            return refuse(schema.position(of: "format"), "the format '\(format)' of numbers is not supported yet")
        }
        return .number(minimum: schema.minimum?.text, maximum: schema.maximum?.text)
    }

    private mutating func string(_ schema: Schema) -> Shape {
        if let format = schema.format {
            return refuse(schema.position(of: "format"), "the format '\(format)' of strings is not supported yet")
        }
        if let constant = schema.constant {
            guard case .string(let text) = constant.content else {
                return refuse(schema.position(of: "const"), "a 'const' that is not a string is not supported yet")
            }
            return .constant(text)
        }
        return .string(
            pattern: pattern(schema.pattern, at: schema.position(of: "pattern")),
            minLength: schema.minLength ?? 0, maxLength: schema.maxLength)
    }

    private mutating func enumeration(
        _ schema: Schema, _ values: [JSONValue], _ name: String, _ origin: String?
    ) -> Shape {
        refuseKeywords(of: schema, except: SchemaKeywords.annotations.union(["type", "enum"]))
        var cases: [(name: String, value: String)] = []
        for value in values where value.kind != .null {
            guard case .string(let text) = value.content else {
                return refuse(
                    schema.position(of: "enum"), "an 'enum' with other values than strings is not supported yet")
            }
            let caseName = SwiftName.lowerCamelCase(text)
            if let other = cases.first(where: { $0.name == caseName }) {
                return refuse(
                    schema.position(of: "enum"), "'\(other.value)' and '\(text)' are both \(caseName) in Swift")
            }
            cases.append((caseName, text))
        }
        return declare(name, schema, origin) { _ in .enumeration(cases: cases) }
    }

    // MARK: Containers

    private mutating func array(_ schema: Schema, _ name: String) -> Shape {
        let element = schema.items.map { shape(of: $0, named: name + "Item") } ?? .any
        return .array(
            element, minItems: schema.minItems ?? 0, maxItems: schema.maxItems,
            uniqueItems: schema.uniqueItems ?? false)
    }

    private mutating func object(_ schema: Schema, _ name: String, _ origin: String?) -> Shape {
        switch schema.additionalProperties {
        case .schema(let value):
            if !schema.properties.isEmpty {
                return refuse(
                    schema.position(of: "additionalProperties"),
                    "'additionalProperties' beside 'properties' is not supported yet")
            }
            return map(schema, shape(of: value, named: name + "Value"))
        case .allowed(true) where schema.properties.isEmpty, nil where schema.properties.isEmpty:
            return map(schema, .any)
        case .allowed(let admitted):
            return structure(schema, name, origin, refusesUnknownMembers: !admitted)
        case nil:
            return structure(schema, name, origin, refusesUnknownMembers: false)
        }
    }

    private mutating func map(_ schema: Schema, _ value: Shape) -> Shape {
        if let name = schema.required.first {
            return refuse(
                schema.position(of: "required"),
                "'required' of '\(name)', which 'properties' lacks, is not supported yet")
        }
        var names: Int?
        if let schema = schema.propertyNames {
            refuseKeywords(of: schema, except: SchemaKeywords.annotations.union(["type", "pattern"]))
            names = pattern(schema.pattern, at: schema.position(of: "pattern"))
        }
        return .map(
            value, names: names, minProperties: schema.minProperties ?? 0, maxProperties: schema.maxProperties)
    }

    private mutating func structure(
        _ schema: Schema, _ name: String, _ origin: String?, refusesUnknownMembers: Bool
    ) -> Shape {
        for keyword in ["propertyNames", "minProperties", "maxProperties"] where schema.has(keyword) {
            _ = refuse(schema.position(of: keyword), "'\(keyword)' beside 'properties' is not supported yet")
        }
        for name in schema.required where !schema.properties.keys.contains(name) {
            _ = refuse(
                schema.position(of: "required"),
                "'required' of '\(name)', which 'properties' lacks, is not supported yet")
        }
        return declare(name, schema, origin) { planner in
            var members: [Member] = []
            for (property, value) in schema.properties {
                let swiftName = SwiftName.lowerCamelCase(property)
                if let other = members.first(where: { $0.swiftName == swiftName }) {
                    _ = planner.refuse(
                        value.position, "'\(other.name)' and '\(property)' are both \(swiftName) in Swift")
                }
                members.append(
                    planner.member(
                        property, value, typeName: name + SwiftName.upperCamelCase(property),
                        isRequired: schema.required.contains(property)))
            }
            return .structure(
                members: members, choices: planner.choices(schema, members),
                refusesUnknownMembers: refusesUnknownMembers)
        }
    }

    /// A member of an object, or a parameter or header, which have all the same properties.
    mutating func member(
        _ name: String, _ schema: Schema, typeName: String, isRequired: Bool, description: String? = nil
    ) -> Member {
        let shape = shape(of: schema, named: typeName)
        return Member(
            name: name, swiftName: SwiftName.lowerCamelCase(name),
            documentation: description ?? schema.description ?? resolved(schema).description,
            isDeprecated: schema.isDeprecated, shape: shape, isRequired: isRequired,
            defaultValue: isRequired ? nil : defaultValue(resolved(schema), shape))
    }

    /// The schema that a reference leads to, or the schema itself.
    private func resolved(_ schema: Schema) -> Schema {
        schema.reference.flatMap { document.components.schemas[$0.name] } ?? schema
    }

    private mutating func defaultValue(_ schema: Schema, _ shape: Shape) -> String? {
        guard let value = schema.defaultValue else { return nil }
        switch (value.content, shape) {
        case (.null, .nullable), (.null, .any): return nil
        case (_, .nullable(let wrapped)): return defaultValue(schema, wrapped)
        case (.bool(let bool), .boolean): return "\(bool)"
        case (.string(let text), .string), (.string(let text), .constant): return text.literal
        case (.string(let text), .named): return "." + SwiftName.lowerCamelCase(text)
        case (.number(let number), .integer) where number.int != nil: return number.int.map(String.init)
        case (.number(let number), .number): return number.text
        case (.array(let elements), .array) where elements.isEmpty: return "[]"
        case (.object(let members), .map) where members.isEmpty: return "[:]"
        default:
            _ = refuse(
                schema.position(of: "default"),
                "the default \(value.text) does not fit the schema, or is not supported yet")
            return nil
        }
    }

    // MARK: Names, patterns and refusals

    /// Declares a type once, in front of the types it needs, and gives its shape.
    mutating func declare(
        _ name: String, _ schema: Schema, _ origin: String?,
        _ define: (inout SchemaPlanner) -> NamedType.Definition
    ) -> Shape {
        let origin = origin ?? "\(schema.position)"
        if let other = namedSchemas[name] {
            if other != origin {
                _ = refuse(schema.position, "this and \(other) are both named \(name) in Swift")
            }
            return .named(name)
        }
        namedSchemas[name] = origin
        let index = types.count
        let definition = define(&self)
        types.insert(
            NamedType(name: name, documentation: schema.description ?? schema.title, definition: definition), at: index)
        return .named(name)
    }

    /// The number of a regular expression, which is given once.
    private mutating func pattern(_ source: String?, at position: SourcePosition) -> Int? {
        guard let source else { return nil }
        if let number = patterns.firstIndex(of: source) { return number }
        do {
            _ = try ECMAPattern(source)
        } catch {
            _ = refuse(position, "the pattern is not supported: \(error.message)")
            return nil
        }
        patterns.append(source)
        return patterns.count - 1
    }

    mutating func refuse(_ position: SourcePosition, _ message: String) -> Shape {
        diagnostics.append(document.diagnostic(.error, message, at: position))
        return .any
    }

    mutating func warn(_ position: SourcePosition, _ message: String) {
        diagnostics.append(document.diagnostic(.warning, message, at: position))
    }

    mutating func refuseKeywords(of schema: Schema, except supported: Set<String>) {
        for keyword in schema.keywords where !supported.contains(keyword.name) {
            _ = refuse(keyword.position, "the keyword '\(keyword.name)' is not supported here yet")
        }
    }
}
