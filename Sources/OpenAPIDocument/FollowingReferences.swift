import YAML

/// What there is in a part of a document, besides what is data: for each of its members, what that is.
private struct Part {
    var section: String
    /// Whether it is a list or a mapping of such parts.
    var isMany = false
    /// Whether members whose names begin with `x-` are extensions, as they are not where names are the author's.
    var isExtensible = true

    static func one(_ section: String) -> Part { Part(section: section) }
    static func many(_ section: String) -> Part { Part(section: section, isMany: true, isExtensible: false) }
    static func manyAndExtensions(_ section: String) -> Part { Part(section: section, isMany: true) }

    /// Whether a reference may stand in its place.
    var isReferable: Bool { !isMany && Self.members["components"]?[section] != nil }

    var element: Part? { isMany ? .one(section) : nil }

    subscript(_ name: String) -> Part? {
        if isExtensible, name.hasPrefix("x-") { return nil }
        return element ?? Self.members[section].flatMap { $0[name] ?? $0["*"] }
    }

    /// The members of each kind of object that are, or may hold, references (OpenAPI 3.1 §4.8, JSON Schema 2020-12 §8 to §11); `*`
    /// stands for any other one.
    static let members: [String: [String: Part]] = [
        "document": [
            "paths": manyAndExtensions("pathItems"), "webhooks": many("pathItems"), "components": one("components"),
        ],
        "components": [
            "schemas": many("schemas"), "responses": many("responses"), "parameters": many("parameters"),
            "examples": many("examples"), "requestBodies": many("requestBodies"), "headers": many("headers"),
            "securitySchemes": many("securitySchemes"), "links": many("links"), "callbacks": many("callbacks"),
            "pathItems": many("pathItems"),
        ],
        "pathItems": ["parameters": many("parameters")].merging(
            ["get", "put", "post", "delete", "options", "head", "patch", "trace"].map { ($0, one("operation")) }
        ) { $1 },
        "operation": [
            "parameters": many("parameters"), "requestBody": one("requestBodies"),
            "responses": manyAndExtensions("responses"), "callbacks": many("callbacks"),
        ],
        "callbacks": ["*": one("pathItems")],
        "parameters": ["schema": one("schemas"), "content": many("mediaType"), "examples": many("examples")],
        "headers": ["schema": one("schemas"), "content": many("mediaType"), "examples": many("examples")],
        "requestBodies": ["content": many("mediaType")],
        "responses": ["headers": many("headers"), "content": many("mediaType"), "links": many("links")],
        "mediaType": ["schema": one("schemas"), "examples": many("examples"), "encoding": many("encoding")],
        "encoding": ["headers": many("headers")],
        "schemas": [
            "properties": many("schemas"), "patternProperties": many("schemas"), "dependentSchemas": many("schemas"),
            "$defs": many("schemas"), "definitions": many("schemas"), "allOf": many("schemas"),
            "anyOf": many("schemas"), "oneOf": many("schemas"), "prefixItems": many("schemas"),
            "items": one("schemas"), "additionalProperties": one("schemas"), "propertyNames": one("schemas"),
            "contains": one("schemas"), "not": one("schemas"), "if": one("schemas"), "then": one("schemas"),
            "else": one("schemas"), "unevaluatedItems": one("schemas"), "unevaluatedProperties": one("schemas"),
        ],
    ]
}

extension DocumentParser {
    /// Follows every reference, so that each leads somewhere, and what it leads to is in the file that the document is served as: also
    /// where nothing is made of what refers to it, such as examples, callbacks and components that nobody uses.
    mutating func followReferences() {
        var parts: [(node: YAMLNode, part: Part)] = [(root, .one("document"))]
        var followed: Set<SourcePosition> = []
        while let (node, part) = parts.popLast() {
            if part.isReferable, let reference = node.reference, let target = target(of: reference, part.section) {
                _ = name(of: target, part.section, for: reference)
                if followed.insert(target.node.position).inserted { parts.append((target.node, part)) }
            }
            parts += (node.sequence ?? []).compactMap { element in part.element.map { (element, $0) } }
            for (key, value) in node.mapping ?? [] {
                guard let name = key.name, let next = part[name] else { continue }
                parts.append((value, next))
            }
        }
    }
}
