import ContractJSON
import ContractPattern

/// Reads the keywords of one schema, and records which ones have been read.
struct KeywordReader {
    /// The value of a schema that is `true` or `false`; `nil` for an object.
    let truth: Bool?
    private let members: [String: JSONValue]
    private let resolve: JSONSchema.Resolver
    private var known: Set<String> = [
        "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "deprecated",
        "readOnly",
        "writeOnly", "examples", "example", "externalDocs", "xml", "discriminator", "contentEncoding",
        "contentMediaType",
        "contentSchema",
    ]

    init(_ value: JSONValue, _ resolve: @escaping JSONSchema.Resolver) throws(JSONSchemaError) {
        self.resolve = resolve
        switch value.content {
        case .bool(let truth): (self.truth, members) = (truth, [:])
        case .object(let members):
            truth = nil
            self.members = Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        default: throw JSONSchemaError("a schema is an object or a boolean, not \(value.text)")
        }
    }

    mutating func value(_ name: String) -> JSONValue? {
        known.insert(name)
        return members[name]
    }

    private mutating func read<Value>(
        _ name: String, _ what: String, _ convert: (JSONValue) throws(JSONSchemaError) -> Value?
    ) throws(JSONSchemaError) -> Value? {
        guard let value = value(name) else { return nil }
        guard let converted = try convert(value) else {
            throw JSONSchemaError("'\(name)' is \(what), not \(value.text)")
        }
        return converted
    }

    mutating func string(_ name: String) throws(JSONSchemaError) -> String? {
        try read(name, "a string") { value in value.string }
    }

    mutating func bool(_ name: String) throws(JSONSchemaError) -> Bool? {
        try read(name, "true or false") { value in if case .bool(let bool) = value.content { bool } else { nil } }
    }

    mutating func number(_ name: String) throws(JSONSchemaError) -> JSONNumber? {
        try read(name, "a number") { value in if case .number(let number) = value.content { number } else { nil } }
    }

    mutating func count(_ name: String) throws(JSONSchemaError) -> Int? {
        try read(name, "a whole number that is not negative") { value in
            if case .number(let number) = value.content, let int = number.int, int >= 0 { int } else { nil }
        }
    }

    mutating func array(_ name: String) throws(JSONSchemaError) -> [JSONValue]? {
        try read(name, "an array") { value in value.array }
    }

    mutating func strings(_ name: String) throws(JSONSchemaError) -> [String]? {
        try read(name, "an array of strings") { value in value.strings }
    }

    mutating func types() throws(JSONSchemaError) -> [String]? {
        try read("type", "a type or a list of types") { value in
            let names = value.string.map { [$0] } ?? value.strings ?? []
            let known: Set<String> = ["null", "boolean", "integer", "number", "string", "array", "object"]
            return names.isEmpty || !known.isSuperset(of: names) ? nil : names
        }
    }

    mutating func pattern(_ name: String) throws(JSONSchemaError) -> JSONSchema.NamedPattern? {
        guard let source = try string(name) else { return nil }
        return try Self.pattern(source)
    }

    private static func pattern(_ source: String) throws(JSONSchemaError) -> JSONSchema.NamedPattern {
        do {
            return JSONSchema.NamedPattern(source: source, expression: try ECMAPattern(source).optimized())
        } catch {
            throw JSONSchemaError("the pattern is not supported: \(error.message)")
        }
    }

    mutating func schema(_ name: String) throws(JSONSchemaError) -> JSONSchema? {
        guard let value = value(name) else { return nil }
        return try JSONSchema(value, resolve: resolve)
    }

    mutating func schemas(_ name: String) throws(JSONSchemaError) -> [JSONSchema] {
        var schemas: [JSONSchema] = []
        for value in try array(name) ?? [] { schemas.append(try JSONSchema(value, resolve: resolve)) }
        return schemas
    }

    /// The members of an object whose values are schemas, in the object's order.
    mutating func namedSchemas(_ name: String) throws(JSONSchemaError) -> [(String, JSONSchema)] {
        var schemas: [(String, JSONSchema)] = []
        for (name, value) in try object(name) { schemas.append((name, try JSONSchema(value, resolve: resolve))) }
        return schemas
    }

    mutating func patternSchemas(
        _ name: String
    ) throws(JSONSchemaError) -> [(pattern: JSONSchema.NamedPattern, schema: JSONSchema)] {
        var schemas: [(pattern: JSONSchema.NamedPattern, schema: JSONSchema)] = []
        for (source, schema) in try namedSchemas(name) { schemas.append((try Self.pattern(source), schema)) }
        return schemas
    }

    mutating func dependentRequired() throws(JSONSchemaError) -> [(name: String, required: [String])] {
        var lists: [(name: String, required: [String])] = []
        for (name, value) in try object("dependentRequired") {
            guard let required = value.strings else {
                throw JSONSchemaError("'dependentRequired' has an array of strings for each name, not \(value.text)")
            }
            lists.append((name, required))
        }
        return lists
    }

    private mutating func object(_ name: String) throws(JSONSchemaError) -> [(key: String, value: JSONValue)] {
        try read(name, "an object") { value in if case .object(let members) = value.content { members } else { nil } }
            ?? []
    }

    /// Refuses keywords that have not been read and are not annotations, because the schema would ignore them.
    func refuseUnsupported() throws(JSONSchemaError) {
        for name in members.keys.sorted() where !known.contains(name) && !name.hasPrefix("x-") {
            throw JSONSchemaError("the keyword '\(name)' is not supported")
        }
    }
}

extension JSONValue {
    fileprivate var string: String? { if case .string(let text) = content { text } else { nil } }
    fileprivate var array: [JSONValue]? { if case .array(let elements) = content { elements } else { nil } }
    fileprivate var strings: [String]? {
        guard let elements = array else { return nil }
        let strings = elements.compactMap(\.string)
        return strings.count == elements.count ? strings : nil
    }
}
