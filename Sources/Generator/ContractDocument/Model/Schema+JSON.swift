public import ContractJSON

extension Schema {
    /// The schema in JSON Schema 2020-12, without annotations such as `title`. Schemas of OpenAPI 3.0 are translated.
    public var json: JSONValue { content.json() }
}

extension Schema.Content {
    /// The schema in JSON Schema 2020-12, without annotations such as `title`.
    ///
    /// - Parameter isWanted: whether to write a keyword.
    public func json(only isWanted: (_ keyword: String) -> Bool = { _ in true }) -> JSONValue {
        if let truth { return JSONValue(truth) }
        var members: [(key: String, value: JSONValue)] = []
        func add(_ keyword: String, _ value: JSONValue?) {
            if let value, isWanted(keyword) { members.append((keyword, value)) }
        }
        func add(_ keyword: String, _ schemas: [Schema]) {
            if !schemas.isEmpty { add(keyword, JSONValue(array: schemas.map(\.json))) }
        }
        add("$ref", reference.map { JSONValue("#/components/schemas/\($0.escapedName)") })
        add("type", typeJSON)
        add("enum", enumeration.map(JSONValue.init(array:)))
        add("const", constant)
        add("format", format.map(JSONValue.init(_:)))
        add("pattern", pattern.map(JSONValue.init(_:)))
        for (keyword, number) in [
            ("minimum", minimum), ("maximum", maximum), ("exclusiveMinimum", exclusiveMinimum),
            ("exclusiveMaximum", exclusiveMaximum), ("multipleOf", multipleOf),
        ] { add(keyword, number.map(JSONValue.init(_:))) }
        for (keyword, count) in [
            ("minLength", minLength), ("maxLength", maxLength), ("minContains", minContains),
            ("maxContains", maxContains),
            ("minItems", minItems), ("maxItems", maxItems), ("minProperties", minProperties),
            ("maxProperties", maxProperties),
        ] { add(keyword, count.map(JSONValue.init(_:))) }
        add("uniqueItems", uniqueItems.map(JSONValue.init(_:)))
        if !required.isEmpty { add("required", JSONValue(array: required.map(JSONValue.init(_:)))) }
        if !dependentRequired.isEmpty {
            let lists = dependentRequired.map {
                (key: $0.key, value: JSONValue(array: $0.value.map(JSONValue.init(_:))))
            }
            add("dependentRequired", JSONValue(object: lists))
        }
        add("prefixItems", prefixItems)
        add("allOf", allOf)
        add("anyOf", anyOf)
        add("oneOf", oneOf)
        for (keyword, schema) in [
            ("items", items), ("contains", contains), ("additionalProperties", additionalProperties),
            ("propertyNames", propertyNames), ("not", not), ("if", condition), ("then", consequence),
            ("else", alternative),
            ("unevaluatedItems", unevaluatedItems), ("unevaluatedProperties", unevaluatedProperties),
        ] { add(keyword, schema?.json) }
        for (keyword, schemas) in [
            ("properties", properties), ("patternProperties", patternProperties),
            ("dependentSchemas", dependentSchemas),
        ] where !schemas.isEmpty {
            add(keyword, JSONValue(object: schemas.map { (key: $0.key, value: $0.value.json) }))
        }
        return JSONValue(object: members)
    }

    private var typeJSON: JSONValue? {
        switch types.count {
        case 0: nil
        case 1: JSONValue(types[0].rawValue)
        default: JSONValue(array: types.map { JSONValue($0.rawValue) })
        }
    }
}

extension Schema.Reference {
    /// The name as a part of a JSON Pointer (RFC 6901 §3).
    fileprivate var escapedName: String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
