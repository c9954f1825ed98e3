import OpenAPIDocument

/// The keywords of schemas that the generator implements.
enum SchemaKeywords {
    /// Keywords that say something to people and constrain nothing.
    static let annotations: Set<String> = [
        "title", "description", "default", "deprecated", "example", "examples", "externalDocs", "$comment",
    ]

    static func supported(by type: JSONType) -> Set<String> {
        let specific: Set<String> =
            switch type {
            case .null, .boolean: []
            case .integer: ["format", "minimum", "maximum"]
            case .number: ["format", "minimum", "maximum"]
            case .string: ["format", "const", "pattern", "minLength", "maxLength"]
            case .array: ["items", "minItems", "maxItems", "uniqueItems"]
            case .object:
                [
                    "properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties",
                ]
            }
        return annotations.union(["type", "nullable"]).union(specific)
    }
}
