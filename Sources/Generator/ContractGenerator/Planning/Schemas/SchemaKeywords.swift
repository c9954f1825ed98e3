import ContractDocument

/// A keyword of schemas, and the generator's treatment of it.
struct SchemaKeyword {
    enum Treatment {
        /// It describes values for people, and constrains nothing.
        case annotation(String)
        /// It determines the Swift type. The type's decoder checks it.
        case typed(String)
        /// A validator checks it on the JSON value, before decoding.
        case validated(String)
        /// It has no effect, and causes a warning.
        case ignored(String)
        /// The generator refuses it with an error at its position.
        case refused(String)
    }

    var name: String
    /// The types of values that the keyword applies to; `nil` for all types.
    var types: Set<JSONType>?
    var treatment: Treatment

    var isAnnotation: Bool { if case .annotation = treatment { true } else { false } }
    var isAssertion: Bool {
        switch treatment {
        case .typed, .validated: true
        case .annotation, .ignored, .refused: false
        }
    }

    /// Whether the keyword applies to values of at least one of some types. An empty list stands for all types.
    func concerns(_ types: [JSONType]) -> Bool {
        guard let own = self.types, !types.isEmpty else { return true }
        return types.contains { own.contains($0) }
    }

    static let byName: [String: SchemaKeyword] = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { $1 })

    /// All keywords of JSON Schema 2020-12 and of OpenAPI's dialects.
    static let all: [SchemaKeyword] =
        anyType + numbers + strings + arrays + objects + combinations + annotations + ignored + refused

    private static func typed(_ name: String, _ types: Set<JSONType>?, _ note: String) -> SchemaKeyword {
        SchemaKeyword(name: name, types: types, treatment: .typed(note))
    }

    private static func validated(_ name: String, _ types: Set<JSONType>?, _ note: String) -> SchemaKeyword {
        SchemaKeyword(name: name, types: types, treatment: .validated(note))
    }

    private static let anyType = [
        typed(
            "$ref", nil, "a component; keywords beside it apply too, but not in OpenAPI 3.0, where they cause a warning"
        ),
        typed("type", nil, "several types become a union, `null` an optional"),
        typed("nullable", nil, "the same as `null` in `type`"),
        typed("enum", nil, "an enumeration of strings or of integers; other values are checked on the JSON value"),
        typed("const", nil, "strings become constants; other values are checked on the JSON value"),
    ]

    private static let numbers = [
        typed("minimum", [.integer, .number], ""), typed("maximum", [.integer, .number], ""),
        typed("exclusiveMinimum", [.integer, .number], "a number, or a boolean beside `minimum`"),
        typed("exclusiveMaximum", [.integer, .number], "a number, or a boolean beside `maximum`"),
        typed("multipleOf", [.integer, .number], "exact: 0.3 is a multiple of 0.1"),
    ]

    private static let strings = [
        typed("minLength", [.string], "in Unicode code points"),
        typed("maxLength", [.string], "in Unicode code points"),
        typed(
            "pattern", [.string],
            "ECMA-262, in linear time; patterns with look-around, back-references or Unicode properties are not checked, and cause a warning"
        ),
        typed(
            "format", [.string, .integer, .number],
            "the formats listed below; others are annotations and cause a warning"),
    ]

    private static let arrays = [
        typed("items", [.array], ""), typed("minItems", [.array], ""), typed("maxItems", [.array], ""),
        typed("uniqueItems", [.array], ""),
        typed(
            "prefixItems", [.array],
            "a struct with a property for each item, named after its `title`, or `first`, `second`, …; properties beyond `minItems` are optional, and `rest` has the other items"
        ),
        validated("contains", [.array], ""), validated("minContains", [.array], ""),
        validated("maxContains", [.array], ""),
        validated("unevaluatedItems", [.array], ""),
    ]

    private static let objects = [
        typed("properties", [.object], "a struct"),
        typed("required", [.object], "properties that are not optional"),
        typed(
            "additionalProperties", [.object],
            "a dictionary, or a struct with the rest in `additionalProperties`; `false` refuses other members"),
        typed("propertyNames", [.object], ""), typed("minProperties", [.object], ""),
        typed("maxProperties", [.object], ""),
        validated("patternProperties", [.object], "a dictionary if it is the only keyword for members"),
        validated("dependentRequired", [.object], ""), validated("dependentSchemas", [.object], ""),
        validated(
            "unevaluatedProperties", [.object],
            "`false` beside `allOf` acts as `additionalProperties` for all its parts"),
    ]

    private static let combinations = [
        typed("allOf", nil, "merged into one type"),
        typed(
            "oneOf", nil,
            "an enum; exactly one alternative must be valid; the decoder distinguishes alternatives by type, by a constant or by a required member if that is enough, and otherwise tries them; a `discriminator` decides alone"
        ),
        typed(
            "anyOf", nil,
            "an enum, whose case is the first alternative that the value is valid against; if an object can be valid against several, a struct with a property for each alternative"
        ),
        typed(
            "discriminator", nil,
            "with `mapping` and `defaultMapping`; without `oneOf` and `anyOf`, the schema `Pet` stands for the schemas that refer to it in `allOf`, and `PetBase` for other values"
        ),
        validated("not", nil, ""), validated("if", nil, ""), validated("then", nil, ""), validated("else", nil, ""),
    ]

    private static let annotations: [SchemaKeyword] = [
        ("title", "documentation, if there is no `description`"), ("description", "documentation"),
        ("default", "the value of the property if the member is absent; an absent member is not written"),
        ("deprecated", "`@available(*, deprecated)` on properties, and on the names of components"),
        (
            "readOnly",
            "ignored in requests, and not sent in them; if requests and responses contain a component that requires such a member, it becomes two types"
        ),
        (
            "writeOnly",
            "ignored in responses, and not sent in them; if requests and responses contain a component that requires such a member, it becomes two types"
        ),
        ("example", ""), ("examples", ""), ("externalDocs", ""), ("xml", ""), ("$comment", ""), ("$schema", ""),
        ("$defs", ""), ("contentEncoding", ""), ("contentMediaType", ""), ("contentSchema", ""),
    ].map { SchemaKeyword(name: $0.0, types: nil, treatment: .annotation($0.1)) }

    private static let ignored: [SchemaKeyword] = [
        ("$id", "references find schemas by their path in the document"),
        ("$anchor", "references find schemas by their path in the document"),
    ].map { SchemaKeyword(name: $0.0, types: nil, treatment: .ignored($0.1)) }

    private static let refused: [SchemaKeyword] = [
        ("$dynamicRef", "a type cannot depend on the place that refers to its schema"),
        ("$dynamicAnchor", "a type cannot depend on the place that refers to its schema"),
        ("$vocabulary", "it belongs to meta-schemas"),
    ].map { SchemaKeyword(name: $0.0, types: nil, treatment: .refused($0.1)) }
}

extension Schema.Content {
    /// The schema's keywords that constrain values of its types.
    var assertions: Set<String> {
        Set(
            keywords.map(\.name).filter { name in
                guard let keyword = SchemaKeyword.byName[name] else { return false }
                return keyword.isAssertion && keyword.concerns(types)
            })
    }

    /// Whether the schema has only annotations and, optionally, these keywords.
    func saysOnly(_ names: Set<String> = []) -> Bool { truth != false && assertions.isSubset(of: names) }
}
