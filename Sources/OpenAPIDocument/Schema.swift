public import JSON
public import OrderedCollections
public import YAML

/// The types of JSON Schema.
public enum JSONType: String, Sendable, Hashable, CaseIterable {
    case null, boolean, integer, number, string, array, object
}

/// A schema (JSON Schema 2020-12, and the dialect of OpenAPI 3.0 translated to it).
@dynamicMemberLookup
public final class Schema: Sendable {
    public let content: Content

    public init(_ content: Content) { self.content = content }

    public var position: SourcePosition { content.position }

    public subscript<Value>(dynamicMember path: KeyPath<Content, Value>) -> Value { content[keyPath: path] }
}

extension Schema {
    public struct Reference: Sendable, Hashable {
        /// The name in the document's components.
        public var name: String
        public var position: SourcePosition

        public init(name: String, position: SourcePosition) {
            self.name = name
            self.position = position
        }
    }

    public struct Keyword: Sendable, Hashable {
        public var name: String
        public var position: SourcePosition

        public init(name: String, position: SourcePosition) {
            self.name = name
            self.position = position
        }
    }

    /// The member that tells the alternatives of a union apart (OpenAPI 3.1 §4.8.25).
    public struct Discriminator: Sendable {
        public var propertyName: String
        /// Values of the member with the schemas they stand for, besides the schemas' own names.
        public var mapping: [(value: String, schema: Reference)]
    }

    /// What a schema says.
    public struct Content: Sendable {
        public var position: SourcePosition
        /// All keywords present but extensions (`x-…`) and unknown ones, with their places.
        public var keywords: [Keyword] = []
        /// `true` and `false` as schemas; `nil` for objects.
        public var truth: Bool?
        public var reference: Reference?

        public var title: String?
        public var description: String?
        public var isDeprecated = false
        public var isReadOnly = false
        public var isWriteOnly = false
        public var defaultValue: JSONValue?

        /// Empty when any type is admitted.
        public var types: [JSONType] = []
        /// `nullable: true`, as OpenAPI 3.0 has it.
        public var isNullable = false
        public var format: String?
        public var enumeration: [JSONValue]?
        public var constant: JSONValue?

        public var pattern: String?
        public var minLength: Int?
        public var maxLength: Int?

        public var minimum: JSONNumber?
        public var maximum: JSONNumber?
        public var exclusiveMinimum: JSONNumber?
        public var exclusiveMaximum: JSONNumber?
        public var multipleOf: JSONNumber?

        public var items: Schema?
        public var prefixItems: [Schema] = []
        public var contains: Schema?
        public var minContains: Int?
        public var maxContains: Int?
        public var minItems: Int?
        public var maxItems: Int?
        public var uniqueItems: Bool?
        public var unevaluatedItems: Schema?

        public var properties: OrderedDictionary<String, Schema> = [:]
        public var patternProperties: OrderedDictionary<String, Schema> = [:]
        public var additionalProperties: Schema?
        public var propertyNames: Schema?
        public var required: [String] = []
        public var minProperties: Int?
        public var maxProperties: Int?
        public var dependentRequired: OrderedDictionary<String, [String]> = [:]
        public var dependentSchemas: OrderedDictionary<String, Schema> = [:]
        public var unevaluatedProperties: Schema?

        public var allOf: [Schema] = []
        public var oneOf: [Schema] = []
        public var anyOf: [Schema] = []
        public var not: Schema?
        public var condition: Schema?
        public var consequence: Schema?
        public var alternative: Schema?
        public var discriminator: Discriminator?

        /// A schema that says nothing.
        public init(position: SourcePosition) { self.position = position }

        public func has(_ keyword: String) -> Bool { keywords.contains { $0.name == keyword } }

        /// Where a keyword stands; the schema's own place if it is absent.
        public func position(of keyword: String) -> SourcePosition {
            keywords.first { $0.name == keyword }?.position ?? position
        }
    }

    public func has(_ keyword: String) -> Bool { content.has(keyword) }

    /// Where a keyword stands; the schema's own place if it is absent.
    public func position(of keyword: String) -> SourcePosition { content.position(of: keyword) }
}
