import ContractDocument
import ContractJSON
import Diagnostics

/// Turns schemas into shapes and named types, and refuses unsupported ones.
struct SchemaPlanner {
    let document: Document
    /// The formats for which strings become other types.
    let formats: Set<Configuration.Format>
    private(set) var names: SwiftNames
    var types = TypeTable()
    var patterns: [String] = []
    var patternNumbers: [String: Int] = [:]
    var validators: [JSONValue] = []
    /// The numbers of validators, by their texts.
    var validatorNumbers: [String: Int] = [:]
    var validatedComponents: [(name: String, schema: JSONValue)] = []
    var knownValidatedComponents: Set<String> = []
    var defaults: [(shape: Shape, value: JSONValue)] = []
    var diagnostics: [Diagnostic] = []
    var said: Set<Diagnostic> = []
    let cache = SchemaCache()
    let directions: SchemaDirections
    /// The Swift names of components.
    private(set) var componentNames: [String: String] = [:]
    /// The components, by their Swift names.
    var schemaNames: [String: String] = [:]
    /// The internal names of deprecated components, by their public names.
    var deprecatedNames: [String: String] = [:]
    /// The Swift names that have been given.
    var typeNames = NameScope()
    /// The names of types, by the positions of their schemas and by their preferred names.
    private var declaredNames: [DeclaredPlace: String] = [:]
    /// The shapes of components that have been planned.
    private var componentShapes: [Component: Shape] = [:]
    /// Components that are being planned. Meeting one again means that it contains itself.
    private var inProgress: [Component: Progress] = [:]
    /// The Swift names of the types for requests, for components whose main type is for responses alone.
    var requestNames: [String: String] = [:]
    /// Whether the schemas that are being planned belong to a component with two types.
    private(set) var isInSplitComponent = false
    /// Whether the types that are being planned are for requests.
    var plansRequests = false

    /// A component, or its type for requests.
    private struct Component: Hashable {
        var name: String
        var isOfRequests = false
    }

    /// Schemas that are being planned and consist only of `allOf`.
    private var conjunctions: [Set<Schema.Part>: Conjunction] = [:]

    private var innermostConjunction: Set<Schema.Part>?

    private struct Conjunction {
        var naming: TypeNaming
        /// The type's name, once it has been claimed.
        var name: String?
        var isNullable: Bool
        /// Whether the recursion has met the schema a second time.
        var isRecursive = false
    }

    /// The number of inline schemas around the current one.
    private var depth = 0
    private static let maximumDepth = 100
    /// The limit on nested components. ``DeepStack`` has enough stack for them.
    private static let maximumChain = 10_000
    /// The number of planned inline schemas. Its limit ends the planning of schemas that contain each other through
    /// `allOf` and `oneOf`.
    private var inlineSchemas = 0
    private static let maximumInlineSchemas = 100_000
    /// The number of planned schemas that consist only of `allOf`. Merging can combine the parts of n schemas in 2ⁿ
    /// ways.
    private var plannedConjunctions = 0
    private static let maximumConjunctions = 20_000
    /// Whether a limit has been exceeded. Then planning ends quickly, because nothing else is planned.
    var isExhausted = false

    private struct Progress {
        var isNullable: Bool
        /// Whether the recursion has met the component a second time.
        var isRecursive = false
    }

    init(document: Document, configuration: Configuration) {
        self.document = document
        formats = configuration.formats
        directions = SchemaDirections(document)
        names = SwiftNames(configuration.names)
        // Components keep their names, even if an inline type before them would get the same name.
        let swiftNames = typeNames.claim(
            document.components.schemas.map { name, schema in
                NameScope.Wanted(
                    source: name, preferred: self.names.type(name), alternative: SwiftName.spelledOut(name),
                    position: schema.position, isChosen: self.names.hasType(name))
            })
        for ((name, schema), swiftName) in zip(document.components.schemas, swiftNames) {
            componentNames[name] = swiftName
            schemaNames[swiftName] = name
            guard schema.isDeprecated else { continue }
            let declared = "_" + swiftName
            deprecatedNames[swiftName] = typeNames.claim(
                .init(source: declared, preferred: declared, alternative: declared + "_", position: schema.position))
        }
    }

    /// Adds notes about colliding names of types.
    mutating func addNotesOfTypes() { add(typeNames.notes) }

    /// Plans all component schemas, in the file's order.
    mutating func planComponents() {
        claimRequestNames()
        for (name, schema) in document.components.schemas {
            _ = shape(of: Schema.Reference(name: name, position: schema.position))
        }
        if cache.isExhausted, let schema = document.components.schemas.values.first {
            refuse(schema.position, "the schemas refer to each other in too many ways to tell their alternatives apart")
        }
    }

    /// The shape of a schema.
    ///
    /// - Parameter name: the name for a type that the document does not name.
    mutating func shape(of schema: Schema, named name: TypeNaming) -> Shape {
        if isExhausted { return .any }
        if let reference = schema.soleReference {
            let shape = shape(of: reference)
            return schema.isNullable ? nullable(shape) : shape
        }
        guard let conjunction = schema.conjunction else {
            return shape(of: merged(schema), named: name, isComponent: false)
        }
        return shape(of: schema, conjunction, named: name)
    }

    /// The shape of a schema that consists only of `allOf`. Merging two components can lead to the same two components
    /// again: they become one type, which contains itself.
    private mutating func shape(of schema: Schema, _ parts: Set<Schema.Part>, named name: TypeNaming) -> Shape {
        if let progress = conjunctions[parts] {
            let swiftName = progress.name ?? claimTypeName(progress.naming, schema.position)
            conjunctions[parts]?.name = swiftName
            conjunctions[parts]?.isRecursive = true
            let shape = Shape.named(swiftName)
            return progress.isNullable ? .nullable(shape) : shape
        }
        plannedConjunctions += 1
        guard plannedConjunctions <= Self.maximumConjunctions else {
            return giveUp(
                schema.position, "merging the parts of 'allOf' gives more than \(Self.maximumConjunctions) schemas")
        }
        let outer = innermostConjunction
        innermostConjunction = parts
        conjunctions[parts] = Conjunction(naming: name, isNullable: profile(of: schema).types.contains(.null))
        let shape = shape(of: merged(schema), named: name, isComponent: false)
        innermostConjunction = outer
        guard let conjunction = conjunctions.removeValue(forKey: parts), conjunction.isRecursive,
            let swiftName = conjunction.name
        else { return shape }
        return recursive(shape, swiftName, schema, schema.position)
    }

    mutating func shape(of reference: Schema.Reference) -> Shape {
        let name = reference.name
        let requestName = plansRequests ? requestNames[name] : nil
        let component = Component(name: name, isOfRequests: requestName != nil)
        guard let schema = document.components.schemas[name], let swiftName = requestName ?? componentNames[name] else {
            return refuse(reference.position, "the schema \(name) does not exist")
        }
        if let shape = componentShapes[component] { return shape }
        if let progress = inProgress[component] {
            inProgress[component]?.isRecursive = true
            let shape = Shape.named(declaredName(swiftName))
            return progress.isNullable ? .nullable(shape) : shape
        }
        guard inProgress.count < Self.maximumChain else {
            return refuse(reference.position, "more than \(Self.maximumChain) schemas refer to each other in a chain")
        }
        // A component does not count as a level.
        depth -= 1
        defer { depth += 1 }
        let isOuterSplit = isInSplitComponent
        isInSplitComponent = requestNames[name] != nil
        defer { isInSplitComponent = isOuterSplit }
        inProgress[component] = Progress(
            isNullable: profile(of: schema).types.contains(.null) && schema.soleReference == nil)
        var shape =
            if let next = schema.soleReference {
                schema.isNullable ? nullable(self.shape(of: next)) : self.shape(of: next)
            } else {
                self.shape(of: merged(schema), named: TypeNaming(claimed: swiftName), isComponent: true)
            }
        if inProgress.removeValue(forKey: component)?.isRecursive == true {
            shape = recursive(shape, swiftName, schema, reference.position)
        }
        componentShapes[component] = shape
        return shape
    }

    /// The shape of a component that contains itself. It must become a named type.
    private mutating func recursive(
        _ shape: Shape, _ name: String, _ schema: Schema, _ position: SourcePosition
    ) -> Shape {
        let declared = Shape.named(declaredName(name))
        if shape.nonNull.unvalidated == declared {
            if types.named(declaredName(name)) != nil { return shape }
            return refuse(schema.position, "the schema refers to itself and says nothing else")
        }
        types.append(
            NamedType(
                name: declaredName(name), deprecatedName: deprecatedNames[name] == nil ? nil : name,
                documentation: schema.description ?? schema.title, position: schema.position,
                definition: .wrapper(shape.nonNull)))
        return shape.isNullable ? .nullable(declared) : declared
    }

    // MARK: Shapes

    mutating func shape(of merged: MergedSchema, named name: TypeNaming, isComponent: Bool) -> Shape {
        var content = merged.content
        if isExhausted { return .any }
        guard depth < Self.maximumDepth else {
            return refuse(content.position, "the schema goes more than \(Self.maximumDepth) levels deep")
        }
        inlineSchemas += 1
        guard inlineSchemas <= Self.maximumInlineSchemas else {
            return giveUp(
                content.position,
                "there are more than \(Self.maximumInlineSchemas) schemas once references are followed")
        }
        depth += 1
        defer { depth -= 1 }
        if let failure = merged.failure {
            return cache.isMergingExhausted ? giveUp(content.position, failure) : refuse(content.position, failure)
        }
        if let contradiction = merged.contradiction {
            warn(content.position, .unsatisfiable, "\(contradiction); any value is taken")
            return .any
        }
        refuseUnsupportedKeywords(of: content)
        if content.truth == false { return validated(.any, [false], at: content.position) }
        warnOfExcludedNull(content)
        let admitsNull = removeNull(from: &content)
        var checked: Set<String> = ["type", "nullable", "$ref", "allOf"]
        var shape = nonNullShape(of: content, named: name, isComponent: isComponent, checked: &checked)
        var rest = content.assertions.subtracting(checked)
        // The effect of `additionalProperties` depends on the names in `properties`.
        if rest.contains("additionalProperties") { rest.insert("properties") }
        // These keywords can refuse `null`; no other keyword that is left can.
        let general = admitsNull ? rest.intersection(["not", "if", "then", "else"]) : []
        if !rest.contains(where: { $0.hasPrefix("unevaluated") }) { rest.subtract(general) }
        let remainder = rest.isEmpty ? [] : [content.json { rest.contains($0) }]
        guard admitsNull else { return validated(shape, remainder + merged.besides, at: content.position) }
        shape = nullable(validated(shape, remainder, at: content.position))
        let others = general.isEmpty ? [] : [content.json { general.contains($0) }]
        return validated(shape, others + merged.besides, at: content.position)
    }

    /// Removes `null` from the allowed values, if the schema also allows others. Returns whether it did.
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

    /// Warns about an alternative that is `null` if the schema's type excludes it.
    private mutating func warnOfExcludedNull(_ content: Schema.Content) {
        guard !content.types.isEmpty, !content.types.contains(.null) else { return }
        for alternative in content.oneOf + content.anyOf where alternative.types == [.null] {
            warn(
                alternative.position, .type, "no value is null here: the type beside the alternatives excludes it")
        }
    }

    private mutating func nonNullShape(
        of content: Schema.Content, named name: TypeNaming, isComponent: Bool, checked: inout Set<String>
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

    /// The shape of values of one type. It adds the keywords that the shape checks to `checked`.
    mutating func shape(
        of content: Schema.Content, type: JSONType, _ name: TypeNaming, _ isComponent: Bool,
        _ checked: inout Set<String>
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

    /// A schema without a type, but with keywords for objects or arrays, is meant for objects or arrays. Swift has no
    /// form for it together with other types.
    private mutating func inferType(of content: inout Schema.Content) {
        guard content.types.isEmpty else { return }
        let objects = ["properties", "additionalProperties", "patternProperties"].filter { content.has($0) }
        let arrays = ["items", "prefixItems"].filter { content.has($0) }
        guard let keyword = (objects + arrays).first, objects.isEmpty || arrays.isEmpty else { return }
        let type: JSONType = arrays.isEmpty ? .object : .array
        content.types = [type]
        warn(
            content.position(of: keyword), .type,
            "'\(keyword)' without a 'type' is read as with 'type: \(type.rawValue)', so that other values are refused")
    }

    func nullable(_ shape: Shape) -> Shape {
        shape.isNullable || shape == .any ? shape : .nullable(shape)
    }

    // MARK: Names, patterns and refusals

    /// An unused Swift name for a type.
    private mutating func claimTypeName(_ name: TypeNaming, _ position: SourcePosition) -> String {
        typeNames.claim(
            .init(
                source: name.preferred, preferred: name.preferred, alternative: name.alternative, position: position))
    }

    /// The internal name of a component's type. It differs from the public name if the component is deprecated, so that
    /// the compiler does not warn about generated code.
    private func declaredName(_ name: String) -> String {
        deprecatedNames[name] ?? name
    }

    /// Declares a type before the types that it contains, and returns its shape.
    mutating func declare(
        _ name: TypeNaming, _ content: Schema.Content, isComponent: Bool,
        _ define: (inout SchemaPlanner, _ name: String) -> NamedType.Definition
    ) -> Shape {
        // A schema that several operations share is planned for each of them, but declared once.
        let place = DeclaredPlace(position: content.position, stem: name.preferred)
        if let known = declaredNames[place] { return .named(known) }
        let swiftName = isComponent ? name.preferred : claimTypeName(name, content.position)
        if !isComponent, let parts = innermostConjunction, conjunctions[parts]?.name == nil,
            conjunctions[parts]?.naming.preferred == name.preferred
        {
            conjunctions[parts]?.name = swiftName
        }
        let index = types.reservePlace(at: content.position)
        let definition = define(&self, swiftName)
        let isDeprecated = isComponent && deprecatedNames[swiftName] != nil
        let declared = isDeprecated ? declaredName(swiftName) : swiftName
        declaredNames[place] = declared
        types.set(
            NamedType(
                name: declared, deprecatedName: isDeprecated ? swiftName : nil,
                documentation: content.description ?? content.title, position: content.position,
                definition: definition), at: index)
        return .named(declared)
    }

    /// The name that the configuration gives a property.
    mutating func configuredName(of property: String, in swiftName: String) -> String? {
        schemaNames[swiftName].flatMap { names.property(property, of: $0) }
    }
}

extension Schema {
    /// The reference, if the schema has no other keywords except annotations and `nullable`.
    var soleReference: Reference? {
        if let reference = content.reference { return content.saysOnly(["$ref", "nullable"]) ? reference : nil }
        guard content.allOf.count == 1, content.saysOnly(["allOf", "nullable"]) else { return nil }
        let part = content.allOf[0]
        return part.content.isNullable ? nil : part.soleReference
    }
}
