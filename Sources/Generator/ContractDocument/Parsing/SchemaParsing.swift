import ContractJSON
import ContractYAML
import OrderedCollections

extension DocumentParser {
    mutating func schema(_ node: YAMLNode?) -> Schema? {
        guard let node else { return nil }
        // The targets of references have names, so a schema that is such a target is treated as a reference to itself.
        if let location = names.schemas[node.position] {
            let place = { YAMLNode(content: .scalar(.string($0)), position: node.position) }
            let (key, value) = (place("$ref"), place(location.fragment))
            return Schema(Schema.Content(Fields(node: node, members: [("$ref", key, value)]), &self))
        }
        return namedSchema(node)
    }

    /// The schema at a node. If references lead to the node, this is the schema itself and not a reference.
    private mutating func namedSchema(_ node: YAMLNode) -> Schema? {
        if case .scalar(.bool(let truth)) = node.content {
            var content = Schema.Content(position: node.position)
            content.truth = truth
            return Schema(content)
        }
        guard var fields = fields(node, "a schema", known: Schema.knownKeywords) else { return nil }
        if version == .v3_0, let reference = fields.members.first(where: { $0.name == "$ref" }) {
            for member in fields.members where member.name != "$ref" && member.name != "nullable" {
                warn(
                    "'\(member.name)' beside '$ref' has no effect in OpenAPI 3.0; 'allOf' has both", .keyword,
                    at: member.key.position)
            }
            fields = Fields(node: node, members: [reference] + fields.members.filter { $0.name == "nullable" })
        }
        if version == .v3_0 { warnOfNullable(fields) }
        return Schema(Schema.Content(fields, &self))
    }

    /// OpenAPI 3.0.3 gives `nullable` no effect without `type`, but authors mean that the value can be `null`.
    private mutating func warnOfNullable(_ fields: Fields) {
        guard let nullable = fields.members.first(where: { $0.name == "nullable" }), fields["type"] == nil,
            case .scalar(.bool(true)) = nullable.value.content,
            let other = ["$ref", "allOf"].first(where: { fields[$0] != nil })
        else { return }
        warn(
            "'nullable' beside '\(other)' has no effect in OpenAPI 3.0 without 'type'; it is read as if it had",
            .nullable, at: nullable.key.position)
    }

    mutating func schemaList(_ node: YAMLNode?) -> [Schema] {
        guard let elements = sequence(node) else { return [] }
        if elements.isEmpty, let node {
            warn("a list of schemas has one at least; this one counts as absent", .empty, at: node.position)
        }
        return elements.compactMap { schema($0) }
    }

    /// The schemas of `components`.
    mutating func componentSchemas(_ node: YAMLNode?) -> OrderedDictionary<String, Schema> {
        guard let node, let fields = fields(node, "a set of schemas", known: nil) else { return [:] }
        var schemas: OrderedDictionary<String, Schema> = [:]
        for (name, _, value) in fields.members {
            if omissions.schemas.contains(name) || omissions.openSchemas.contains(name) {
                omittedPlaces.insert(value.position)
                if omissions.openSchemas.contains(name) {
                    schemas[name] = Schema(Schema.Content(position: value.position))
                }
                continue
            }
            guard value.isReferenceAlone, let reference = value.reference else {
                schemas[name] = schema(value)
                continue
            }
            guard let target = target(of: reference, "schemas") else { continue }
            // If several components refer to the same place, one of them becomes the schema, and the others refer to
            // it.
            let claimed = names[ComponentNames.Place(section: "schemas", location: target.location)] == name
            if claimed { _ = self.name(of: target, "schemas", for: reference) }
            schemas[name] = claimed ? namedSchema(target.node) : schema(value)
        }
        return schemas
    }

    /// The schemas outside of the document's own components that references lead to, directly or through each other.
    mutating func remainingSchemas() -> OrderedDictionary<String, Schema> {
        var schemas: OrderedDictionary<String, Schema> = [:]
        var index = 0
        while index < foreignSchemas.count {
            let (name, node) = foreignSchemas[index]
            if schemas[name] == nil { schemas[name] = namedSchema(node) }
            index += 1
        }
        return schemas
    }

    mutating func schemas(_ node: YAMLNode?) -> OrderedDictionary<String, Schema> {
        guard let node, let fields = fields(node, "a set of schemas", known: nil) else { return [:] }
        var schemas: OrderedDictionary<String, Schema> = [:]
        for (name, _, value) in fields.members { schemas[name] = schema(value) }
        return schemas
    }

    /// The members of an object whose names the author chooses.
    mutating func members(_ node: YAMLNode?) -> [(name: String, key: YAMLNode, value: YAMLNode)] {
        node.flatMap { fields($0, "this", known: nil) }?.members ?? []
    }

    /// The `$ref` of a schema.
    mutating func schemaReference(_ fields: Fields) -> Schema.Reference? {
        fields["$ref"].flatMap { schemaReference($0) }
    }

    /// The reference with this text; `nil` if it has no target. Then a diagnostic gives the reason.
    mutating func schemaReference(_ node: YAMLNode) -> Schema.Reference? {
        guard let target = target(of: node, "schemas"), let name = name(of: target, "schemas", for: node) else {
            return nil
        }
        let pointer = target.location.pointer
        let isComponent = target.location.file == files.main && pointer.count == 3 && pointer[0] == "components"
        if !isComponent, queued.insert(name).inserted { foreignSchemas.append((name, target.node)) }
        return Schema.Reference(name: name, position: node.position)
    }

    mutating func discriminator(_ node: YAMLNode?) -> Schema.Discriminator? {
        if let name = node?.string, let node {
            // OpenAPI 2.0 has only the name of the property.
            warn("a discriminator is an object, and '\(name)' counts as its 'propertyName'", .text, at: node.position)
            return Schema.Discriminator(propertyName: name, mapping: [])
        }
        guard let node,
            let fields = fields(node, "a discriminator", known: ["propertyName", "mapping", "defaultMapping"]),
            let name = string(required("propertyName", of: fields, "a discriminator"))
        else { return nil }
        var discriminator = Schema.Discriminator(propertyName: name, mapping: [])
        for (value, _, target) in members(fields["mapping"]) {
            guard let reference = mappedReference(target) else { continue }
            discriminator.mapping.append((value, reference))
        }
        discriminator.defaultMapping = fields["defaultMapping"].flatMap { mappedReference($0) }
        return discriminator
    }

    private mutating func mappedReference(_ target: YAMLNode) -> Schema.Reference? {
        guard let text = string(target) else { return nil }
        // A plain name is the name of a component.
        let isName = !text.contains { "/#.".contains($0) }
        let path = isName ? "#/components/schemas/\(text)" : text
        return schemaReference(YAMLNode(content: .scalar(.string(path)), position: target.position))
    }

    mutating func types(_ fields: Fields) -> [JSONType] {
        var types: [JSONType] = []
        let names: [YAMLNode] = fields["type"].map { $0.sequence ?? [$0] } ?? []
        for node in names {
            // `type: null` without quotes means the type `null`.
            let name = if case .scalar(.null) = node.content { "null" } else { string(node) ?? "" }
            guard let type = JSONType(rawValue: name) else {
                warn("'\(name)' is no type of JSON Schema, and has no effect", .type, at: node.position)
                continue
            }
            if types.contains(type) {
                warn("the type '\(name)' stands here twice", .duplicate, at: node.position)
            } else {
                types.append(type)
            }
        }
        if bool(fields["nullable"]) == true, !types.isEmpty, !types.contains(.null) { types.append(.null) }
        return types
    }

    /// A number of things: an integer of 0 or more.
    mutating func count(_ node: YAMLNode?) -> Int? {
        guard let node, let number = number(node) else { return nil }
        guard let count = number.int, count >= 0 else {
            error("expecting a whole number that is not negative", at: node.position)
            return nil
        }
        return count
    }

    mutating func number(_ node: YAMLNode?) -> JSONNumber? {
        guard let node else { return nil }
        if case .number(let number) = node.jsonValue.content { return number }
        guard let text = node.string, let number = JSONNumber(text) else {
            error("expecting a number, not \(node.kind)", at: node.position)
            return nil
        }
        warn("expecting a number, not a string, which counts as the number \(text)", .text, at: node.position)
        return number
    }
}
