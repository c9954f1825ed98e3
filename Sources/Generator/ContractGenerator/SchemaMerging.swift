import ContractDocument
import ContractJSON
import ContractYAML

/// A schema with everything that `allOf`, and a reference beside other keywords, add to it.
struct MergedSchema {
    var content: Schema.Content
    /// Schemas that could not be merged. A value must also be valid against these.
    var besides: [JSONValue] = []
    /// The reason why no value can be valid; `nil` if values can be.
    var contradiction: String?
    /// The reason why the schemas cannot be merged; `nil` if they can be.
    var failure: String?

    /// Adds the constraints of another schema. The annotations of this schema stay.
    mutating func merge(_ other: Schema.Content) {
        let unmergeable = mergeApplicators(other)
        if !unmergeable.isEmpty { besides.append(other.json { unmergeable.contains($0) }) }
        if other.truth == false { content.truth = false }
        mergeTypes(other)
        mergeScalars(other)
        mergeArrays(other)
        mergeObjects(other)
        for keyword in other.keywords where !content.has(keyword.name) && !unmergeable.contains(keyword.name) {
            content.keywords.append(keyword)
        }
    }

    /// Adds annotations that this schema lacks.
    mutating func adoptAnnotations(of other: Schema.Content) {
        content.title = content.title ?? other.title
        content.description = content.description ?? other.description
        content.defaultValue = content.defaultValue ?? other.defaultValue
        content.isDeprecated = content.isDeprecated || other.isDeprecated
        content.isReadOnly = content.isReadOnly || other.isReadOnly
        content.isWriteOnly = content.isWriteOnly || other.isWriteOnly
    }

    private mutating func mergeTypes(_ other: Schema.Content) {
        if content.types.isEmpty {
            content.types = other.types
        } else if !other.types.isEmpty {
            let types = content.types.filter {
                other.types.contains($0) || ($0 == .integer && other.types.contains(.number))
            }
            let narrowed = other.types.filter {
                $0 == .integer && content.types.contains(.number) && !types.contains($0)
            }
            content.types = types + narrowed
            if content.types.isEmpty { contradiction = "no value is of all the types that are asked for here" }
        }
        if let values = other.enumeration {
            content.enumeration = content.enumeration.map { own in own.filter { values.contains($0) } } ?? values
            if content.enumeration?.isEmpty == true { contradiction = "no value is in all the 'enum's that count here" }
        }
        if let constant = other.constant {
            if let own = content.constant, own != constant { contradiction = "no value is equal to both constants" }
            content.constant = constant
        }
    }

    private mutating func mergeScalars(_ other: Schema.Content) {
        content.format = content.format ?? other.format
        content.contentMediaType = content.contentMediaType ?? other.contentMediaType
        content.contentSchema = content.contentSchema ?? other.contentSchema
        content.pattern = content.pattern ?? other.pattern
        content.minLength = Self.merged(content.minLength, other.minLength, max)
        content.maxLength = Self.merged(content.maxLength, other.maxLength, min)
        content.minimum = Self.merged(content.minimum, other.minimum, max)
        content.maximum = Self.merged(content.maximum, other.maximum, min)
        content.exclusiveMinimum = Self.merged(content.exclusiveMinimum, other.exclusiveMinimum, max)
        content.exclusiveMaximum = Self.merged(content.exclusiveMaximum, other.exclusiveMaximum, min)
        content.multipleOf = content.multipleOf ?? other.multipleOf
    }

    private mutating func mergeArrays(_ other: Schema.Content) {
        content.items = Self.both(content.items, other.items)
        if content.prefixItems.isEmpty { content.prefixItems = other.prefixItems }
        content.contains = content.contains ?? other.contains
        content.minContains = content.minContains ?? other.minContains
        content.maxContains = content.maxContains ?? other.maxContains
        content.minItems = Self.merged(content.minItems, other.minItems, max)
        content.maxItems = Self.merged(content.maxItems, other.maxItems, min)
        if let unique = other.uniqueItems { content.uniqueItems = unique || content.uniqueItems == true }
    }

    private mutating func mergeObjects(_ other: Schema.Content) {
        for (name, schema) in other.properties {
            content.properties[name] = Self.both(content.properties[name], schema)
        }
        for (name, schema) in other.patternProperties {
            content.patternProperties[name] = Self.both(content.patternProperties[name], schema)
        }
        content.required += other.required.filter { !content.required.contains($0) }
        content.additionalProperties = Self.both(content.additionalProperties, other.additionalProperties)
        content.propertyNames = Self.both(content.propertyNames, other.propertyNames)
        content.minProperties = Self.merged(content.minProperties, other.minProperties, max)
        content.maxProperties = Self.merged(content.maxProperties, other.maxProperties, min)
        for (name, required) in other.dependentRequired { content.dependentRequired[name, default: []] += required }
        for (name, schema) in other.dependentSchemas {
            content.dependentSchemas[name] = Self.both(content.dependentSchemas[name], schema)
        }
        if content.oneOf.isEmpty { content.oneOf = other.oneOf }
        if content.anyOf.isEmpty { content.anyOf = other.anyOf }
        content.not = content.not ?? other.not
        content.condition = content.condition ?? other.condition
        content.consequence = content.consequence ?? other.consequence
        content.alternative = content.alternative ?? other.alternative
        content.discriminator = content.discriminator ?? other.discriminator
    }

    /// The keywords of the other schema that cannot be merged into this schema.
    ///
    /// A keyword that only one of them has can move to the other. A keyword that both have, or that depends on the
    /// keywords beside it, cannot.
    private mutating func mergeApplicators(_ other: Schema.Content) -> Set<String> {
        var apart: Set<String> = []
        if content.format != nil, other.format != nil, content.format != other.format { apart.insert("format") }
        if content.pattern != nil, other.pattern != nil, content.pattern != other.pattern { apart.insert("pattern") }
        if let own = content.multipleOf, let others = other.multipleOf, own != others { apart.insert("multipleOf") }
        for keyword in ["oneOf", "anyOf", "not"] where content.has(keyword) && other.has(keyword) {
            apart.insert(keyword)
        }
        for group: Set<String> in [["if", "then", "else"], ["contains", "minContains", "maxContains"]]
        where group.contains(where: { content.has($0) }) && group.contains(where: { other.has($0) }) {
            apart.formUnion(group)
        }
        if !content.prefixItems.isEmpty || !other.prefixItems.isEmpty,
            content.has("items") || content.has("prefixItems")
        {
            apart.formUnion(["items", "prefixItems"])
        }
        if closesMembersApart(other) {
            besides.append(content.json { Self.memberKeywords.contains($0) })
            besides.append(other.json { Self.memberKeywords.contains($0) })
        }
        return apart
    }

    private static let memberKeywords: Set<String> = ["properties", "patternProperties", "additionalProperties"]

    /// Whether `additionalProperties` of one schema applies to members that the other one declares.
    private func closesMembersApart(_ other: Schema.Content) -> Bool {
        func closes(_ one: Schema.Content, _ another: Schema.Content) -> Bool {
            guard let additional = one.additionalProperties, additional.truth != true else { return false }
            return another.properties.keys.contains { one.properties[$0] == nil } || !another.patternProperties.isEmpty
                || (another.has("additionalProperties") && !one.properties.isEmpty)
        }
        return closes(content, other) || closes(other, content)
    }

    private static func merged<Value>(_ one: Value?, _ other: Value?, _ choose: (Value, Value) -> Value) -> Value? {
        guard let one, let other else { return one ?? other }
        return choose(one, other)
    }

    /// A schema that requires both. `nil` allows everything.
    private static func both(_ one: Schema?, _ other: Schema?) -> Schema? {
        guard let one, let other else { return one ?? other }
        if one === other { return one }
        if one.truth == true { return other }
        if other.truth == true { return one }
        return Schema.all([one, other], at: one.position)
    }
}

extension SchemaPlanner {
    /// A schema with its reference and its `allOf` merged into it.
    func merged(_ schema: Schema) -> MergedSchema {
        if cache.isMergingExhausted { return unmergeable(schema) }
        var own = schema.content
        let (properties, items) = (own.unevaluatedProperties, own.unevaluatedItems)
        own.drop(["$ref", "allOf", "unevaluatedProperties", "unevaluatedItems"])
        own.reference = nil
        own.allOf = []
        var merged = MergedSchema(content: own.annotations)
        if let reference = schema.reference {
            merged.add(self.merged(reference), adoptingAnnotations: schema.allOf.isEmpty)
            if merged.failure != nil { return merged }
        }
        for part in schema.allOf {
            var addition = self.merged(part)
            // The schema can be an alternative of the schema that it refers to. Then its values already match one of
            // the alternatives.
            if isAlternative(schema, of: addition.content) { addition.content.dropAlternatives() }
            merged.add(addition, adoptingAnnotations: schema.allOf.count == 1 || part.reference == nil)
        }
        merged.merge(own)
        let isNullable = own.isNullable && own.types.isEmpty && !merged.content.types.isEmpty
        if isNullable, !merged.content.types.contains(.null) { merged.content.types.append(.null) }
        merged.settleUnevaluated(properties, items, of: schema)
        return cache.admitsMerging(of: merged) ? merged : unmergeable(schema)
    }

    private func unmergeable(_ schema: Schema) -> MergedSchema {
        var merged = MergedSchema(content: Schema.Content(position: schema.position))
        merged.failure = "merging 'allOf' takes more than \(SchemaCache.maximumMergedMembers) steps"
        return merged
    }

    /// A component with everything that must be merged into it.
    private func merged(_ reference: Schema.Reference) -> MergedSchema {
        let name = reference.name
        if let known = cache.merged[name] { return known }
        var merged = MergedSchema(content: Schema.Content(position: reference.position))
        guard let target = document.components.schemas[name], cache.merging.insert(name).inserted else {
            merged.failure = "the schema '\(name)' is a part of itself"
            return merged
        }
        merged = self.merged(target)
        cache.merging.remove(name)
        guard cache.keep(merged, for: name) else {
            merged = MergedSchema(content: Schema.Content(position: reference.position))
            merged.failure = "merging 'allOf' gives more than \(SchemaCache.maximumMembers) members"
            return merged
        }
        return merged
    }

    private func isAlternative(_ schema: Schema, of content: Schema.Content) -> Bool {
        (content.oneOf + content.anyOf).contains { alternative in
            alternative.soleReference.flatMap { document.components.schemas[$0.name] }?.position == schema.position
        }
    }

    /// Whether an alternative refers to the schema that it belongs to.
    func inherits(_ alternative: Schema, from content: Schema.Content) -> Bool {
        guard let target = alternative.soleReference.flatMap({ document.components.schemas[$0.name] }) else {
            return false
        }
        return target.allOf.contains { part in
            part.soleReference.flatMap { document.components.schemas[$0.name] }?.position == content.position
        }
    }
}

extension MergedSchema {
    fileprivate mutating func add(_ part: MergedSchema, adoptingAnnotations: Bool) {
        merge(part.content)
        besides += part.besides
        contradiction = contradiction ?? part.contradiction
        failure = failure ?? part.failure
        if adoptingAnnotations { adoptAnnotations(of: part.content) }
    }

    /// `unevaluatedProperties` and `unevaluatedItems` apply to values that no other keyword of the schema applies to.
    /// In a merged schema, these are the values that no merged keyword applies to. If that depends on the value, the
    /// original schema is validated separately.
    fileprivate mutating func settleUnevaluated(_ properties: Schema?, _ items: Schema?, of schema: Schema) {
        let seesByValue =
            ["oneOf", "anyOf", "if", "not", "dependentSchemas"].contains { content.has($0) } || !besides.isEmpty
        if let properties {
            if !seesByValue, !content.has("additionalProperties") {
                content.additionalProperties = properties
                content.keywords.append(
                    Schema.Keyword(name: "additionalProperties", position: schema.position(of: "unevaluatedProperties"))
                )
            } else if seesByValue {
                besides.append(schema.json)
            }
        }
        if let items {
            if !seesByValue, !content.has("contains") {
                if !content.has("items") {
                    content.items = items
                    content.keywords.append(
                        Schema.Keyword(name: "items", position: schema.position(of: "unevaluatedItems")))
                }
            } else {
                besides.append(schema.json)
            }
        }
    }
}

extension Schema.Content {
    /// A schema with only the annotations of this one.
    fileprivate var annotations: Schema.Content {
        var content = Schema.Content(position: position)
        (content.title, content.description, content.defaultValue) = (title, description, defaultValue)
        (content.isDeprecated, content.isReadOnly, content.isWriteOnly) = (isDeprecated, isReadOnly, isWriteOnly)
        return content
    }

    fileprivate mutating func dropAlternatives() {
        oneOf = []
        anyOf = []
        discriminator = nil
        drop(["oneOf", "anyOf", "discriminator"])
    }

    fileprivate mutating func drop(_ names: Set<String>) {
        keywords.removeAll { names.contains($0.name) }
        if names.contains("unevaluatedProperties") { unevaluatedProperties = nil }
        if names.contains("unevaluatedItems") { unevaluatedItems = nil }
    }
}
