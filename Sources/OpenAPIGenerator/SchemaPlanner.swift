import ECMAPattern
import JSON
import JSONSchema
import OpenAPIDocument
import YAML

/// Turns schemas into shapes and named types, and refuses what is not supported.
struct SchemaPlanner {
    let document: Document
    /// The formats whose strings have types of their own.
    let formats: Set<Configuration.Format>
    private(set) var names: SwiftNames
    var types: [NamedType] = []
    private(set) var patterns: [String] = []
    var validators: [JSONValue] = []
    var validatedComponents: [(name: String, schema: JSONValue)] = []
    var defaults: [(shape: Shape, value: JSONValue)] = []
    private(set) var diagnostics: [Diagnostic] = []
    let cache = SchemaCache()
    /// The Swift names of components.
    private(set) var componentNames: [String: String] = [:]
    /// The components by their Swift names.
    private var schemaNames: [String: String] = [:]
    /// The Swift names of components that are deprecated.
    private var deprecatedNames: Set<String> = []
    /// The Swift names given so far.
    private var typeNames: Set<String> = []
    /// The shapes of components planned so far.
    private var componentShapes: [String: Shape] = [:]
    /// Components being planned, to notice those that contain themselves.
    private var inProgress: [String: Progress] = [:]

    /// How many inline schemas are being planned, each within the one before.
    private var depth = 0
    private static let maximumDepth = 100
    /// How many components may be planned, each within the one before; ``DeepStack`` has room for them.
    private static let maximumChain = 10_000
    /// Schemas that are a part of each other by 'allOf' and 'oneOf' would otherwise be planned without end.
    private var inlineSchemas = 0
    private static let maximumInlineSchemas = 100_000

    private struct Progress {
        var isNullable: Bool
        /// Whether the component has been met within itself.
        var isRecursive = false
    }

    init(document: Document, configuration: Configuration) {
        self.document = document
        formats = configuration.formats
        names = SwiftNames(configuration.names)
        // Components keep their names, whatever inline types come before them.
        for (name, schema) in document.components.schemas {
            let swiftName = unusedName(self.names.type(name))
            componentNames[name] = swiftName
            schemaNames[swiftName] = name
            if schema.isDeprecated { deprecatedNames.insert(swiftName) }
        }
    }

    /// Plans all component schemas, in the file's order.
    mutating func planComponents() {
        for (name, schema) in document.components.schemas {
            _ = shape(of: Schema.Reference(name: name, position: schema.position))
        }
        if cache.isExhausted, let schema = document.components.schemas.values.first {
            refuse(schema.position, "the schemas refer to each other in too many ways to tell their alternatives apart")
        }
    }

    /// The shape of a schema.
    ///
    /// - Parameter name: what to call a type that has no name of its own.
    mutating func shape(of schema: Schema, named name: String) -> Shape {
        if let reference = schema.soleReference {
            let shape = shape(of: reference)
            return schema.isNullable ? nullable(shape) : shape
        }
        return shape(of: merged(schema), named: SwiftName.upperCamelCase(name), isComponent: false)
    }

    mutating func shape(of reference: Schema.Reference) -> Shape {
        let name = reference.name
        guard let schema = document.components.schemas[name], let swiftName = componentNames[name] else {
            return refuse(reference.position, "the schema \(name) does not exist")
        }
        if let shape = componentShapes[name] { return shape }
        if let progress = inProgress[name] {
            inProgress[name]?.isRecursive = true
            let shape = Shape.named(declaredName(swiftName))
            return progress.isNullable ? .nullable(shape) : shape
        }
        guard inProgress.count < Self.maximumChain else {
            return refuse(reference.position, "more than \(Self.maximumChain) schemas refer to each other in a chain")
        }
        // A component is no level of its own.
        depth -= 1
        defer { depth += 1 }
        inProgress[name] = Progress(
            isNullable: profile(of: schema).types.contains(.null) && schema.soleReference == nil)
        var shape =
            if let next = schema.soleReference {
                schema.isNullable ? nullable(self.shape(of: next)) : self.shape(of: next)
            } else {
                self.shape(of: merged(schema), named: swiftName, isComponent: true)
            }
        if inProgress.removeValue(forKey: name)?.isRecursive == true {
            shape = recursive(shape, swiftName, schema, reference.position)
        }
        componentShapes[name] = shape
        return shape
    }

    /// The shape of a component that contains itself, which has to be a type of its own.
    private mutating func recursive(
        _ shape: Shape, _ name: String, _ schema: Schema, _ position: SourcePosition
    ) -> Shape {
        let declared = Shape.named(declaredName(name))
        if shape.nonNull.unvalidated == declared {
            if types.contains(where: { $0.name == declaredName(name) }) { return shape }
            return refuse(schema.position, "the schema refers to itself and says nothing else")
        }
        types.append(
            NamedType(
                name: declaredName(name), stem: name, deprecatedName: deprecatedNames.contains(name) ? name : nil,
                documentation: schema.description ?? schema.title, position: schema.position,
                definition: .wrapper(shape.nonNull)))
        return shape.isNullable ? .nullable(declared) : declared
    }

    // MARK: Shapes

    mutating func shape(of merged: MergedSchema, named name: String, isComponent: Bool) -> Shape {
        var content = merged.content
        guard depth < Self.maximumDepth else {
            return refuse(content.position, "the schema goes more than \(Self.maximumDepth) levels deep")
        }
        inlineSchemas += 1
        guard inlineSchemas <= Self.maximumInlineSchemas else {
            return refuse(
                document.root.position,
                "there are more than \(Self.maximumInlineSchemas) schemas once references are followed")
        }
        depth += 1
        defer { depth -= 1 }
        if let contradiction = merged.contradiction { return refuse(content.position, contradiction) }
        refuseUnsupportedKeywords(of: content)
        if content.truth == false { return validated(.any, [false], at: content.position) }
        let admitsNull = removeNull(from: &content)
        var checked: Set<String> = ["type", "nullable", "$ref", "allOf"]
        var shape = nonNullShape(of: content, named: name, isComponent: isComponent, checked: &checked)
        var rest = content.assertions.subtracting(checked)
        // It depends on which members there are besides.
        if rest.contains("additionalProperties") { rest.insert("properties") }
        let remainder = rest.isEmpty ? [] : [content.json { rest.contains($0) }]
        if admitsNull {
            shape = nullable(validated(shape, remainder, at: content.position))
            return validated(shape, merged.besides, at: content.position)
        }
        return validated(shape, remainder + merged.besides, at: content.position)
    }

    /// Takes `null` off what a schema admits, if it admits other values too.
    private func removeNull(from content: inout Schema.Content) -> Bool {
        let alternatives = content.oneOf.isEmpty ? content.anyOf : content.oneOf
        let others = alternatives.filter { profile(of: $0).types != [.null] }
        let hasNull = others.count < alternatives.count
        var admitsNull = content.types.isEmpty ? hasNull || content.isNullable : content.types.contains(.null)
        if let values = content.enumeration {
            let hasNull = values.contains { $0.kind == .null }
            admitsNull = hasNull && (admitsNull || content.types.isEmpty)
            guard values.count > 1 || !hasNull else { return false }
            content.enumeration = values.filter { $0.kind != .null }
        }
        if let constant = content.constant { admitsNull = admitsNull && constant.kind == .null }
        if content.types.count > 1 { content.types.removeAll { $0 == .null } }
        if !others.isEmpty {
            if content.oneOf.isEmpty { content.anyOf = others } else { content.oneOf = others }
        }
        if content.types == [.null] { return false }
        let saysNothing = content.types.isEmpty && alternatives.isEmpty && content.enumeration == nil
        return admitsNull && !saysNothing
    }

    private mutating func nonNullShape(
        of content: Schema.Content, named name: String, isComponent: Bool, checked: inout Set<String>
    ) -> Shape {
        var content = content
        inferType(of: &content)
        if content.enumeration != nil || content.constant != nil {
            return enumeration(content, name, isComponent, &checked)
        }
        if let shape = union(content, name, isComponent, &checked) { return shape }
        warnOfVacuousKeywords(content)
        switch content.types.count {
        case 0: return .any
        case 1: return shape(of: content, type: content.types[0], name, isComponent, &checked)
        default: return typeUnion(content, name, isComponent, &checked)
        }
    }

    /// The shape of values of one type. What it checks is added to `checked`.
    mutating func shape(
        of content: Schema.Content, type: JSONType, _ name: String, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        switch type {
        case .null:
            checked.remove("type")
            return .any
        case .boolean: return .boolean
        case .integer: return integer(content, &checked)
        case .number: return number(content, &checked)
        case .string: return string(content, &checked)
        case .array: return array(content, name, isComponent, &checked)
        case .object: return object(content, name, isComponent, &checked)
        }
    }

    /// Keywords of objects or arrays without a type are meant for those alone, and have no form in Swift with others.
    private mutating func inferType(of content: inout Schema.Content) {
        guard content.types.isEmpty else { return }
        let objects = ["properties", "additionalProperties", "patternProperties"].filter { content.has($0) }
        let arrays = ["items", "prefixItems"].filter { content.has($0) }
        guard let keyword = (objects + arrays).first, objects.isEmpty || arrays.isEmpty else { return }
        let type: JSONType = arrays.isEmpty ? .object : .array
        content.types = [type]
        warn(
            content.position(of: keyword),
            "'\(keyword)' without a 'type' is read as with 'type: \(type.rawValue)', so that other values are refused")
    }

    func nullable(_ shape: Shape) -> Shape {
        shape.isNullable || shape == .any ? shape : .nullable(shape)
    }

    // MARK: Names, patterns and refusals

    /// A Swift name for a type that is not in use yet.
    private mutating func unusedName(_ name: String) -> String {
        let unused = SwiftName.unused(name, among: typeNames)
        typeNames.insert(unused)
        return unused
    }

    /// The name that a component's type is declared by: not its own where that is deprecated, so that generated code is not warned
    /// of what it cannot do without.
    private func declaredName(_ name: String) -> String {
        deprecatedNames.contains(name) ? "_" + name : name
    }

    /// Declares a type, in front of the types it needs, and gives its shape.
    mutating func declare(
        _ name: String, _ content: Schema.Content, isComponent: Bool,
        _ define: (inout SchemaPlanner, _ name: String) -> NamedType.Definition
    ) -> Shape {
        // What several operations share is planned for each of them.
        if let type = types.first(where: { $0.position == content.position && $0.stem == name }) {
            return .named(type.name)
        }
        let swiftName = isComponent ? name : unusedName(name)
        let index = types.count
        let definition = define(&self, swiftName)
        let isDeprecated = isComponent && deprecatedNames.contains(name)
        let declared = isDeprecated ? declaredName(name) : swiftName
        types.insert(
            NamedType(
                name: declared, stem: name, deprecatedName: isDeprecated ? name : nil,
                documentation: content.description ?? content.title, position: content.position,
                definition: definition), at: index)
        return .named(declared)
    }

    /// The name of a property that the configuration has for it.
    mutating func configuredName(of property: String, in swiftName: String) -> String? {
        schemaNames[swiftName].flatMap { names.property(property, of: $0) }
    }

    /// The number of a regular expression, which is given once.
    mutating func pattern(_ source: String?, at position: SourcePosition) -> Int? {
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

    @discardableResult
    mutating func refuse(_ position: SourcePosition, _ message: String) -> Shape {
        add(document.diagnostic(.error, message, at: position))
        return .any
    }

    mutating func warn(_ position: SourcePosition, _ message: String) {
        add(document.diagnostic(.warning, message, at: position))
    }

    /// What several schemas refer to is planned for each of them.
    private mutating func add(_ diagnostic: Diagnostic) {
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    private mutating func refuseUnsupportedKeywords(of content: Schema.Content) {
        for keyword in content.keywords {
            guard case .refused(let reason)? = SchemaKeyword.byName[keyword.name]?.treatment else { continue }
            refuse(keyword.position, "the keyword '\(keyword.name)' is not supported: \(reason)")
        }
    }

    private mutating func warnOfVacuousKeywords(_ content: Schema.Content) {
        guard !content.types.isEmpty else { return }
        for keyword in content.keywords {
            guard let known = SchemaKeyword.byName[keyword.name], !known.isAnnotation, !known.concerns(content.types)
            else { continue }
            let types = content.types.map(\.rawValue).joined(separator: " or ")
            warn(keyword.position, "'\(keyword.name)' says nothing about values of the type \(types)")
        }
    }
}

extension Schema {
    /// The reference that is all the schema says, but for annotations and `nullable`.
    var soleReference: Reference? {
        if let reference = content.reference { return content.saysOnly(["$ref", "nullable"]) ? reference : nil }
        guard content.allOf.count == 1, content.saysOnly(["allOf", "nullable"]) else { return nil }
        let part = content.allOf[0]
        return part.content.isNullable ? nil : part.soleReference
    }
}
