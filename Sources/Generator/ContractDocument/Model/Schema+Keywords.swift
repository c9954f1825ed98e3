// Parses the keywords of a schema.

import ContractJSON
import ContractYAML

extension Schema {
    /// All keywords of JSON Schema 2020-12 and of OpenAPI's dialects, including those that are not implemented.
    static let knownKeywords: Set<String> = [
        "$ref", "$schema", "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment", "$defs",
        "title", "description", "default", "deprecated", "readOnly", "writeOnly", "example", "examples",
        "externalDocs", "xml", "discriminator", "nullable",
        "type", "enum", "const", "format", "contentEncoding", "contentMediaType", "contentSchema",
        "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern",
        "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "items", "prefixItems", "contains",
        "unevaluatedItems", "properties", "required", "additionalProperties", "patternProperties", "propertyNames",
        "maxProperties", "minProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
        "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
    ]
}

extension Schema.Content {
    init(_ fields: Fields, _ parser: inout DocumentParser) {
        self.init(position: fields.node.position)
        keywords = fields.members.filter { Schema.knownKeywords.contains($0.name) }.map {
            Schema.Keyword(name: $0.name, position: $0.key.position)
        }
        reference = parser.schemaReference(fields)
        title = parser.string(fields["title"])
        description = parser.string(fields["description"])
        isDeprecated = parser.bool(fields["deprecated"]) ?? false
        isReadOnly = parser.bool(fields["readOnly"]) ?? false
        isWriteOnly = parser.bool(fields["writeOnly"]) ?? false
        defaultValue = fields["default"]?.jsonValue
        types = parser.types(fields)
        isNullable = parser.bool(fields["nullable"]) ?? false
        format = parser.string(fields["format"])
        enumeration = parser.sequence(fields["enum"])?.map(\.jsonValue)
        constant = fields["const"]?.jsonValue
        pattern = parser.pattern(fields)
        if pattern == nil { keywords.removeAll { $0.name == "pattern" } }
        minLength = parser.count(fields["minLength"])
        maxLength = parser.count(fields["maxLength"])
        readNumbers(fields, &parser)
        readArrays(fields, &parser)
        readObjects(fields, &parser)
        allOf = parser.schemaList(fields["allOf"])
        oneOf = parser.schemaList(fields["oneOf"])
        anyOf = parser.schemaList(fields["anyOf"])
        not = parser.schema(fields["not"])
        condition = parser.schema(fields["if"])
        consequence = parser.schema(fields["then"])
        alternative = parser.schema(fields["else"])
        discriminator = parser.discriminator(fields["discriminator"])
        let absent = [
            "type": types.isEmpty, "allOf": allOf.isEmpty, "oneOf": oneOf.isEmpty, "anyOf": anyOf.isEmpty,
            "prefixItems": prefixItems.isEmpty,
        ]
        keywords.removeAll { absent[$0.name] == true }
        contentMediaType = parser.string(fields["contentMediaType"])
        // `contentSchema` constrains only the data of events. `$defs` are parsed when a reference leads to them.
        contentSchema = parser.schema(fields["contentSchema"])
    }

    private mutating func readNumbers(_ fields: Fields, _ parser: inout DocumentParser) {
        minimum = parser.number(fields["minimum"])
        maximum = parser.number(fields["maximum"])
        multipleOf = parser.number(fields["multipleOf"])
        exclusiveMinimum = parser.exclusiveBound(fields["exclusiveMinimum"], of: &minimum)
        exclusiveMaximum = parser.exclusiveBound(fields["exclusiveMaximum"], of: &maximum)
    }

    private mutating func readPatternProperties(_ fields: Fields, _ parser: inout DocumentParser) {
        let all = parser.schemas(fields["patternProperties"])
        patternProperties = all.filter { source, schema in parser.isPattern(source, at: schema.position) }
        guard patternProperties.count < all.count else { return }
        // An unsupported expression could match any name, so the other members cannot be checked either.
        let names = ["additionalProperties"] + (patternProperties.isEmpty ? ["patternProperties"] : [])
        additionalProperties = nil
        keywords.removeAll { names.contains($0.name) }
    }

    private mutating func readArrays(_ fields: Fields, _ parser: inout DocumentParser) {
        if let list = fields["items"], list.sequence != nil, fields["prefixItems"] == nil {
            parser.warn(
                "a list in 'items' is called 'prefixItems' in JSON Schema 2020-12, and counts as such", .keyword,
                at: list.position)
            prefixItems = parser.schemaList(list)
        } else {
            items = parser.schema(fields["items"])
            prefixItems = parser.schemaList(fields["prefixItems"])
        }
        contains = parser.schema(fields["contains"])
        minContains = parser.count(fields["minContains"])
        maxContains = parser.count(fields["maxContains"])
        minItems = parser.count(fields["minItems"])
        maxItems = parser.count(fields["maxItems"])
        uniqueItems = parser.bool(fields["uniqueItems"])
        unevaluatedItems = parser.schema(fields["unevaluatedItems"])
    }

    private mutating func readObjects(_ fields: Fields, _ parser: inout DocumentParser) {
        properties = parser.schemas(fields["properties"])
        additionalProperties = parser.schema(fields["additionalProperties"])
        readPatternProperties(fields, &parser)
        propertyNames = parser.schema(fields["propertyNames"])
        if let node = fields["required"], case .scalar(.bool) = node.content {
            parser.warn(
                "'required' of a schema is a list of names, and has no effect as a boolean", .keyword,
                at: keywords.first { $0.name == "required" }?.position ?? node.position)
            keywords.removeAll { $0.name == "required" }
        } else {
            required = parser.strings(fields["required"])
        }
        minProperties = parser.count(fields["minProperties"])
        maxProperties = parser.count(fields["maxProperties"])
        for (name, _, value) in parser.members(fields["dependentRequired"]) {
            dependentRequired[name] = parser.strings(value)
        }
        dependentSchemas = parser.schemas(fields["dependentSchemas"])
        unevaluatedProperties = parser.schema(fields["unevaluatedProperties"])
    }
}

extension DocumentParser {
    /// An exclusive bound. In OpenAPI 3.0, the keyword is a boolean that makes the other bound exclusive.
    fileprivate mutating func exclusiveBound(_ node: YAMLNode?, of bound: inout JSONNumber?) -> JSONNumber? {
        guard case .scalar(.bool(let isExclusive)) = node?.content else { return number(node) }
        guard isExclusive else { return nil }
        defer { bound = nil }
        return bound
    }
}
