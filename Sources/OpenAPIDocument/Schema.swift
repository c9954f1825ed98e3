public import JSON
public import OrderedCollections
public import YAML

/// The types of JSON Schema.
public enum JSONType: String, Sendable, Hashable, CaseIterable {
    case null, boolean, integer, number, string, array, object
}

/// A schema (JSON Schema 2020-12, and the dialect of OpenAPI 3.0 translated to it).
public final class Schema: Sendable {
    public struct Reference: Sendable, Hashable {
        /// The name in the document's components.
        public var name: String
        public var position: SourcePosition
    }

    public struct Keyword: Sendable, Hashable {
        public var name: String
        public var position: SourcePosition
    }

    public enum AdditionalProperties: Sendable {
        case allowed(Bool)
        case schema(Schema)
    }

    public let position: SourcePosition
    /// All keywords present but extensions (`x-…`) and unknown ones, with their places.
    public let keywords: [Keyword]
    public let reference: Reference?
    public let title: String?
    public let description: String?
    public let isDeprecated: Bool
    /// Empty when any type is admitted.
    public let types: [JSONType]
    public let format: String?
    public let enumeration: [JSONValue]?
    public let constant: JSONValue?
    public let defaultValue: JSONValue?
    public let pattern: String?
    public let minLength: Int?
    public let maxLength: Int?
    public let minimum: JSONNumber?
    public let maximum: JSONNumber?
    public let items: Schema?
    public let minItems: Int?
    public let maxItems: Int?
    public let uniqueItems: Bool?
    public let properties: OrderedDictionary<String, Schema>
    public let required: [String]
    public let additionalProperties: AdditionalProperties?
    public let propertyNames: Schema?
    public let minProperties: Int?
    public let maxProperties: Int?
    public let oneOf: [Schema]
    public let anyOf: [Schema]

    public func has(_ keyword: String) -> Bool { keywords.contains { $0.name == keyword } }

    /// Where a keyword stands; the schema's own place if it is absent.
    public func position(of keyword: String) -> SourcePosition {
        keywords.first { $0.name == keyword }?.position ?? position
    }

    /// Keywords of JSON Schema 2020-12 and of OpenAPI's dialects that this model knows of, implemented or not.
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

    init(_ fields: Fields, _ parser: inout DocumentParser) {
        position = fields.node.position
        keywords = fields.members.filter { Self.knownKeywords.contains($0.name) }.map {
            Keyword(name: $0.name, position: $0.key.position)
        }
        reference = parser.schemaReference(fields)
        title = parser.string(fields["title"])
        description = parser.string(fields["description"])
        isDeprecated = parser.bool(fields["deprecated"]) ?? false
        types = parser.types(fields)
        format = parser.string(fields["format"])
        enumeration = parser.sequence(fields["enum"])?.map(\.jsonValue)
        constant = fields["const"]?.jsonValue
        defaultValue = fields["default"]?.jsonValue
        pattern = parser.string(fields["pattern"])
        minLength = parser.count(fields["minLength"])
        maxLength = parser.count(fields["maxLength"])
        minimum = parser.number(fields["minimum"])
        maximum = parser.number(fields["maximum"])
        items = fields["items"].flatMap { parser.schema($0) }
        minItems = parser.count(fields["minItems"])
        maxItems = parser.count(fields["maxItems"])
        uniqueItems = parser.bool(fields["uniqueItems"])
        properties = parser.schemas(fields["properties"])
        required = parser.strings(fields["required"])
        if case .scalar(.bool(let admitted))? = fields["additionalProperties"]?.content {
            additionalProperties = .allowed(admitted)
        } else {
            additionalProperties = fields["additionalProperties"].flatMap { parser.schema($0) }.map { .schema($0) }
        }
        propertyNames = fields["propertyNames"].flatMap { parser.schema($0) }
        minProperties = parser.count(fields["minProperties"])
        maxProperties = parser.count(fields["maxProperties"])
        oneOf = parser.sequence(fields["oneOf"])?.compactMap { parser.schema($0) } ?? []
        anyOf = parser.sequence(fields["anyOf"])?.compactMap { parser.schema($0) } ?? []
        // What is not modelled is read all the same, for the sake of the mistakes in it.
        for keyword in ["allOf", "prefixItems"] {
            for node in parser.sequence(fields[keyword]) ?? [] { _ = parser.schema(node) }
        }
    }
}
