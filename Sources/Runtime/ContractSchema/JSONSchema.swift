public import ContractJSON
import ContractPattern

/// A schema of JSON Schema 2020-12 that validates JSON values.
///
/// Generated types check the constraints that Swift can express, and this class checks the rest. It compares numbers by
/// their exact values, however they are written. It ignores annotations, and applies formats only to strings.
///
/// ```swift
/// let schema = try JSONSchema(parsing: #"{"not": {"required": ["url", "endpoint"]}}"#)
/// schema.admits(value)
/// ```
public final class JSONSchema: Sendable {
    /// Finds the target of a `$ref`. It must return the same object each time, so that each part of a value is
    /// validated only once.
    public typealias Resolver = @Sendable (_ reference: String) -> JSONSchema?

    /// The value of a schema that is `true` or `false`; `nil` for a schema that is an object.
    let truth: Bool?
    let reference: String?
    let resolve: Resolver

    let types: [String]?
    let enumeration: [JSONValue]?
    let constant: JSONValue?

    let multipleOf: JSONNumber?
    let minimum: JSONNumber?
    let maximum: JSONNumber?
    let exclusiveMinimum: JSONNumber?
    let exclusiveMaximum: JSONNumber?

    let minLength: Int?
    let maxLength: Int?
    let pattern: NamedPattern?
    let format: StringFormat?

    let prefixItems: [JSONSchema]
    let items: JSONSchema?
    let contains: JSONSchema?
    let minContains: Int?
    let maxContains: Int?
    let minItems: Int?
    let maxItems: Int?
    let uniqueItems: Bool
    let unevaluatedItems: JSONSchema?

    let properties: [String: JSONSchema]
    let patternProperties: [(pattern: NamedPattern, schema: JSONSchema)]
    let additionalProperties: JSONSchema?
    let propertyNames: JSONSchema?
    let required: [String]
    let minProperties: Int?
    let maxProperties: Int?
    let dependentRequired: [(name: String, required: [String])]
    let dependentSchemas: [(name: String, schema: JSONSchema)]
    let unevaluatedProperties: JSONSchema?

    let allOf: [JSONSchema]
    let anyOf: [JSONSchema]
    let oneOf: [JSONSchema]
    let not: JSONSchema?
    let condition: JSONSchema?
    let consequence: JSONSchema?
    let alternative: JSONSchema?

    /// A regular expression with its text.
    struct NamedPattern: Sendable {
        let source: String
        let expression: ECMAPattern
    }

    /// Parses a schema.
    ///
    /// - Parameter resolve: finds the target of a `$ref`.
    /// - Throws: ``JSONSchemaError`` if the value is not a schema, or contains an unsupported keyword.
    public init(_ value: JSONValue, resolve: @escaping Resolver = { _ in nil }) throws(JSONSchemaError) {
        self.resolve = resolve
        var keywords = try KeywordReader(value, resolve)
        truth = keywords.truth
        reference = try keywords.string("$ref")
        types = try keywords.types()
        enumeration = try keywords.array("enum")
        constant = keywords.value("const")
        multipleOf = try keywords.number("multipleOf")
        minimum = try keywords.number("minimum")
        maximum = try keywords.number("maximum")
        exclusiveMinimum = try keywords.number("exclusiveMinimum")
        exclusiveMaximum = try keywords.number("exclusiveMaximum")
        minLength = try keywords.count("minLength")
        maxLength = try keywords.count("maxLength")
        pattern = try keywords.pattern("pattern")
        format = try keywords.string("format").flatMap(StringFormat.init(rawValue:))
        prefixItems = try keywords.schemas("prefixItems")
        items = try keywords.schema("items")
        contains = try keywords.schema("contains")
        minContains = try keywords.count("minContains")
        maxContains = try keywords.count("maxContains")
        minItems = try keywords.count("minItems")
        maxItems = try keywords.count("maxItems")
        uniqueItems = try keywords.bool("uniqueItems") ?? false
        unevaluatedItems = try keywords.schema("unevaluatedItems")
        properties = Dictionary(try keywords.namedSchemas("properties"), uniquingKeysWith: { $1 })
        patternProperties = try keywords.patternSchemas("patternProperties")
        additionalProperties = try keywords.schema("additionalProperties")
        propertyNames = try keywords.schema("propertyNames")
        required = try keywords.strings("required") ?? []
        minProperties = try keywords.count("minProperties")
        maxProperties = try keywords.count("maxProperties")
        dependentRequired = try keywords.dependentRequired()
        dependentSchemas = try keywords.namedSchemas("dependentSchemas").map { ($0, $1) }
        unevaluatedProperties = try keywords.schema("unevaluatedProperties")
        allOf = try keywords.schemas("allOf")
        anyOf = try keywords.schemas("anyOf")
        oneOf = try keywords.schemas("oneOf")
        not = try keywords.schema("not")
        condition = try keywords.schema("if")
        consequence = try keywords.schema("then")
        alternative = try keywords.schema("else")
        try keywords.refuseUnsupported()
    }

    /// Parses a schema from JSON text.
    ///
    /// - Throws: ``JSONSchemaError`` if the text is not a schema.
    public convenience init(
        parsing text: String, resolve: @escaping Resolver = { _ in nil }
    ) throws(JSONSchemaError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            throw JSONSchemaError("the schema is not JSON: \(error)")
        }
        try self.init(value, resolve: resolve)
    }

    /// Parses a schema that the generator has checked.
    public convenience init(checked text: String, resolve: @escaping Resolver = { _ in nil }) {
        do {
            try self.init(parsing: text, resolve: resolve)
        } catch {
            preconditionFailure("the generator admitted the schema \(text): \(error.message)")
        }
    }
}

/// The reason why a value is not a schema.
public struct JSONSchemaError: Error, Hashable, Sendable {
    /// A sentence.
    public var message: String

    init(_ message: String) { self.message = message }
}
