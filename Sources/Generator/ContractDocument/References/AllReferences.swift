import ContractYAML
import Diagnostics

/// The kind of a part of the document in which references can occur. Parts that are data, such as examples, are left
/// out.
private struct Part {
    var section: String
    /// Whether the part is a list or a mapping of such parts.
    var isMany = false
    /// Whether members whose names begin with `x-` are extensions. In mappings whose names the author chooses, they are
    /// not.
    var isExtensible = true

    static func one(_ section: String) -> Part { Part(section: section) }
    static func many(_ section: String) -> Part { Part(section: section, isMany: true, isExtensible: false) }
    static func manyAndExtensions(_ section: String) -> Part { Part(section: section, isMany: true) }

    /// Whether a reference can take the place of the part.
    var isReferable: Bool { !isMany && Self.members["components"]?[section] != nil }

    var element: Part? { isMany ? .one(section) : nil }

    subscript(_ name: String) -> Part? {
        if isExtensible, name.hasPrefix("x-") { return nil }
        return element ?? Self.members[section].flatMap { $0[name] ?? $0["*"] }
    }

    /// The members of each kind of object that are references or can contain some (OpenAPI 3.1 §4.8, JSON Schema
    /// 2020-12 §8 to §11). `*` matches any other name.
    static let members: [String: [String: Part]] = [
        "document": [
            "paths": manyAndExtensions("pathItems"), "webhooks": many("pathItems"), "components": one("components"),
        ],
        "components": [
            "schemas": many("schemas"), "responses": many("responses"), "parameters": many("parameters"),
            "examples": many("examples"), "requestBodies": many("requestBodies"), "headers": many("headers"),
            "securitySchemes": many("securitySchemes"), "links": many("links"), "callbacks": many("callbacks"),
            "pathItems": many("pathItems"), "mediaTypes": many("mediaTypes"),
        ],
        "pathItems": ["parameters": many("parameters"), "additionalOperations": many("operation")].merging(
            Operation.Method.members.union(["query"]).map { ($0, one("operation")) }
        ) { $1 },
        "operation": [
            "parameters": many("parameters"), "requestBody": one("requestBodies"),
            "responses": manyAndExtensions("responses"), "callbacks": many("callbacks"),
        ],
        "callbacks": ["*": one("pathItems")],
        "parameters": ["schema": one("schemas"), "content": many("mediaTypes"), "examples": many("examples")],
        "headers": ["schema": one("schemas"), "content": many("mediaTypes"), "examples": many("examples")],
        "requestBodies": ["content": many("mediaTypes")],
        "responses": ["headers": many("headers"), "content": many("mediaTypes"), "links": many("links")],
        "mediaTypes": [
            "schema": one("schemas"), "itemSchema": one("schemas"), "examples": many("examples"),
            "encoding": many("encoding"), "prefixEncoding": many("encoding"), "itemEncoding": one("encoding"),
        ],
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
    /// Follows every reference in the document, even where nothing is generated: in examples, callbacks and unused
    /// components. This finds references without a target, and adds all targets to the file that the service serves.
    mutating func followReferences() {
        findUnusedComponents()
        var parts: [(node: YAMLNode, part: Part)] = [(root, .one("document"))]
        // Parts that are left out come last, without diagnostics.
        var omitted: [(node: YAMLNode, part: Part)] = []
        var followed: Set<SourcePosition> = []
        while true {
            let isOmitted = parts.isEmpty
            guard let (node, part) = parts.popLast() ?? omitted.popLast() else { return }
            if !isOmitted, omittedPlaces.contains(node.position) || unusedPlaces.contains(node.position) {
                omitted.append((node, part))
                continue
            }
            var next: [(node: YAMLNode, part: Part)] = []
            if part.isReferable, let reference = node.reference,
                let target = isOmitted
                    ? try? quietTarget(of: reference, part.section) : target(of: reference, part.section)
            {
                _ = name(of: target, part.section, for: reference)
                if !isOmitted { unusedPlaces.remove(target.node.position) }
                if followed.insert(target.node.position).inserted { next.append((target.node, part)) }
            }
            next += (node.sequence ?? []).compactMap { element in part.element.map { (element, $0) } }
            for (key, value) in node.mapping ?? [] {
                guard let name = key.name, let member = part[name] else { continue }
                // A list of schemas in `items` is that of an earlier JSON Schema.
                next.append((value, value.sequence == nil ? member : .many(member.section)))
            }
            if isOmitted { omitted += next } else { parts += next }
        }
    }

    /// If some operations are left out, components that are not schemas count only if the other operations need them.
    private mutating func findUnusedComponents() {
        guard labels.contains(where: omissions.omitsOperation) else { return }
        let components = root.mapping?.first { $0.key.name == "components" }?.value.mapping ?? []
        for (section, members) in components where section.name != "schemas" && section.name != "securitySchemes" {
            unusedPlaces.formUnion((members.mapping ?? []).map(\.value.position))
        }
    }
}
