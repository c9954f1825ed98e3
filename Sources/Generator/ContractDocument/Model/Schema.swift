public import ContractJSON
public import Diagnostics
public import OrderedCollections

/// The names that the keyword `type` can have.
public enum JSONType: String, Sendable, Hashable, CaseIterable {
    case null, boolean, integer, number, string, array, object
}

/// A schema of JSON Schema 2020-12. Schemas of OpenAPI 3.0's dialect are translated to it.
@dynamicMemberLookup
public final class Schema: Sendable {
    /// The keywords of the schema.
    public let content: Content

    /// Creates a schema from its keywords.
    public init(_ content: Content) { self.content = content }

    /// The position of the schema in the document.
    public var position: SourcePosition { content.position }

    /// One of the keywords, as in `schema.minLength`.
    public subscript<Value>(dynamicMember path: KeyPath<Content, Value>) -> Value { content[keyPath: path] }
}

extension Schema {
    /// A name in the document, and its position.
    public struct Name: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The position of the name.
        public var position: SourcePosition

        /// Creates a name with its position.
        public init(name: String, position: SourcePosition) {
            self.name = name
            self.position = position
        }
    }

    /// A reference to a schema (`$ref`): its name among the document's components, and the position of the reference.
    public typealias Reference = Name

    /// A keyword that a schema has, such as `minLength`, without its value.
    public typealias Keyword = Name

    /// The property that distinguishes the alternatives of a union (OpenAPI 3.1 §4.8.25).
    public struct Discriminator: Sendable {
        /// The name of the property.
        public var propertyName: String
        /// Values of the property and the schemas that they stand for, in addition to the names of the schemas.
        public var mapping: [(value: String, schema: Reference)]
        /// The schema of values without the member, or with a value that stands for no schema (OpenAPI 3.2 §4.25).
        public var defaultMapping: Reference?
    }

    /// The keywords of a schema. If a schema lacks a keyword, its property is `nil`, empty or `false`.
    public struct Content: Sendable {
        /// The position of the schema in the document.
        public var position: SourcePosition
        /// All keywords of the schema with their positions, except extensions (`x-…`) and unknown ones.
        public var keywords: [Keyword] = []
        /// The value of a schema that is `true` or `false`; `nil` for a schema that is an object.
        public var truth: Bool?
        /// `$ref`
        public var reference: Reference?

        /// `title`
        public var title: String?
        /// `description`, in Markdown.
        public var description: String?
        /// `deprecated`
        public var isDeprecated = false
        /// `readOnly`: only responses contain the value.
        public var isReadOnly = false
        /// `writeOnly`: only requests contain the value.
        public var isWriteOnly = false
        /// `default`
        public var defaultValue: JSONValue?

        /// `type`; empty if any type is allowed.
        public var types: [JSONType] = []
        /// `nullable: true` of OpenAPI 3.0.
        public var isNullable = false
        /// `format`, which the generator checks for the formats that it knows.
        public var format: String?
        /// `enum`
        public var enumeration: [JSONValue]?
        /// `const`
        public var constant: JSONValue?

        /// `contentMediaType`
        public var contentMediaType: String?
        /// `contentSchema`: the schema of the value in a string that is JSON.
        public var contentSchema: Schema?

        /// `pattern`, a regular expression of ECMA-262; `nil` also if it is not supported.
        public var pattern: String?
        /// `minLength`, in Unicode scalars.
        public var minLength: Int?
        /// `maxLength`, in Unicode scalars.
        public var maxLength: Int?

        /// `minimum`; `nil` if OpenAPI 3.0 makes it the value of ``exclusiveMinimum``.
        public var minimum: JSONNumber?
        /// `maximum`; `nil` if OpenAPI 3.0 makes it the value of ``exclusiveMaximum``.
        public var maximum: JSONNumber?
        /// `exclusiveMinimum` as a number, also for OpenAPI 3.0.
        public var exclusiveMinimum: JSONNumber?
        /// `exclusiveMaximum` as a number, also for OpenAPI 3.0.
        public var exclusiveMaximum: JSONNumber?
        /// `multipleOf`
        public var multipleOf: JSONNumber?

        /// `items`: the schema of all elements after those of ``prefixItems``.
        public var items: Schema?
        /// `prefixItems`: the schemas of the first elements.
        public var prefixItems: [Schema] = []
        /// `contains`: the schema that some elements must fit.
        public var contains: Schema?
        /// `minContains`: the minimum number of elements that fit ``contains``.
        public var minContains: Int?
        /// `maxContains`: the maximum number of elements that fit ``contains``.
        public var maxContains: Int?
        /// `minItems`
        public var minItems: Int?
        /// `maxItems`
        public var maxItems: Int?
        /// `uniqueItems`
        public var uniqueItems: Bool?
        /// `unevaluatedItems`: the schema of elements that no other keyword is about.
        public var unevaluatedItems: Schema?

        /// `properties`, in the document's order.
        public var properties: OrderedDictionary<String, Schema> = [:]
        /// `patternProperties`: the schemas of properties whose names match a regular expression. Unsupported
        /// expressions are left out.
        public var patternProperties: OrderedDictionary<String, Schema> = [:]
        /// `additionalProperties`: the schema of all other properties.
        public var additionalProperties: Schema?
        /// `propertyNames`: the schema of the names.
        public var propertyNames: Schema?
        /// `required`: the names of required properties.
        public var required: [String] = []
        /// `minProperties`
        public var minProperties: Int?
        /// `maxProperties`
        public var maxProperties: Int?
        /// `dependentRequired`: the properties that another property requires.
        public var dependentRequired: OrderedDictionary<String, [String]> = [:]
        /// `dependentSchemas`: the schemas that a property requires of the whole object.
        public var dependentSchemas: OrderedDictionary<String, Schema> = [:]
        /// `unevaluatedProperties`: the schema of properties that no other keyword is about.
        public var unevaluatedProperties: Schema?

        /// `allOf`
        public var allOf: [Schema] = []
        /// `oneOf`
        public var oneOf: [Schema] = []
        /// `anyOf`
        public var anyOf: [Schema] = []
        /// `not`
        public var not: Schema?
        /// `if`
        public var condition: Schema?
        /// `then`
        public var consequence: Schema?
        /// `else`
        public var alternative: Schema?
        /// `discriminator`
        public var discriminator: Discriminator?

        /// A schema without keywords, which allows any value.
        public init(position: SourcePosition) { self.position = position }

        /// Whether the schema has a keyword, including keywords whose values the generator does not use.
        public func has(_ keyword: String) -> Bool { keywords.contains { $0.name == keyword } }

        /// The position of a keyword; if the schema lacks it, the position of the schema.
        public func position(of keyword: String) -> SourcePosition {
            keywords.first { $0.name == keyword }?.position ?? position
        }
    }

    /// Whether the schema has a keyword, including keywords whose values the generator does not use.
    public func has(_ keyword: String) -> Bool { content.has(keyword) }

    /// The position of a keyword; if the schema lacks it, the position of the schema.
    public func position(of keyword: String) -> SourcePosition { content.position(of: keyword) }
}
