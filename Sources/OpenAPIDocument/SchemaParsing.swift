import JSON
import OrderedCollections
import YAML

extension DocumentParser {
    mutating func schema(_ node: YAMLNode?) -> Schema? {
        guard let node else { return nil }
        // What references lead to has a name; where it stands it is a reference too.
        if let location = names.schemas[node.position] {
            let place = { YAMLNode(content: .scalar(.string($0)), position: node.position) }
            let (key, value) = (place("$ref"), place(location.fragment))
            return Schema(Schema.Content(Fields(node: node, members: [("$ref", key, value)]), &self))
        }
        return namedSchema(node)
    }

    /// The schema at a node, whether or not references lead there.
    private mutating func namedSchema(_ node: YAMLNode) -> Schema? {
        if case .scalar(.bool(let truth)) = node.content {
            var content = Schema.Content(position: node.position)
            content.truth = truth
            return Schema(content)
        }
        guard var fields = fields(node, "a schema", known: Schema.knownKeywords) else { return nil }
        if version == .v3_0, let reference = fields.members.first(where: { $0.name == "$ref" }) {
            for member in fields.members where member.name != "$ref" {
                warn(
                    "'\(member.name)' beside '$ref' has no effect in OpenAPI 3.0; 'allOf' has both",
                    at: member.key.position)
            }
            fields = Fields(node: node, members: [reference])
        }
        return Schema(Schema.Content(fields, &self))
    }

    mutating func schemaList(_ node: YAMLNode?) -> [Schema] {
        guard let elements = sequence(node) else { return [] }
        if elements.isEmpty, let node { error("a list of schemas has one at least", at: node.position) }
        return elements.compactMap { schema($0) }
    }

    /// The schemas of `components`.
    mutating func componentSchemas(_ node: YAMLNode?) -> OrderedDictionary<String, Schema> {
        guard let node, let fields = fields(node, "a set of schemas", known: nil) else { return [:] }
        var schemas: OrderedDictionary<String, Schema> = [:]
        for (name, _, value) in fields.members {
            guard value.isReferenceAlone, let reference = value.reference else {
                schemas[name] = schema(value)
                continue
            }
            guard let target = target(of: reference, "schemas") else { continue }
            // Of several components that refer to the same place one is that place, and the others refer to it.
            let claimed = names[ComponentNames.Place(section: "schemas", location: target.location)] == name
            if claimed { _ = self.name(of: target, "schemas", for: reference) }
            schemas[name] = claimed ? namedSchema(target.node) : schema(value)
        }
        return schemas
    }

    /// The schemas that references lead to outside of the document's own components, and those that these refer to.
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

    /// The members of an object whose names are data.
    mutating func members(_ node: YAMLNode?) -> [(name: String, key: YAMLNode, value: YAMLNode)] {
        node.flatMap { fields($0, "this", known: nil) }?.members ?? []
    }

    /// `$ref` of a schema.
    mutating func schemaReference(_ fields: Fields) -> Schema.Reference? {
        fields["$ref"].flatMap { schemaReference($0) }
    }

    /// A reference to a schema by its text; `nil` after having said why it leads nowhere.
    mutating func schemaReference(_ node: YAMLNode) -> Schema.Reference? {
        guard let target = target(of: node, "schemas"), let name = name(of: target, "schemas", for: node) else {
            return nil
        }
        let pointer = target.location.pointer
        let isComponent = target.location.file == sources.main && pointer.count == 3 && pointer[0] == "components"
        if !isComponent, queued.insert(name).inserted { foreignSchemas.append((name, target.node)) }
        return Schema.Reference(name: name, position: node.position)
    }

    mutating func discriminator(_ node: YAMLNode?) -> Schema.Discriminator? {
        guard let node, let fields = fields(node, "a discriminator", known: ["propertyName", "mapping"]),
            let name = string(required("propertyName", of: fields, "a discriminator"))
        else { return nil }
        var discriminator = Schema.Discriminator(propertyName: name, mapping: [])
        for (value, _, target) in members(fields["mapping"]) {
            guard let text = string(target) else { continue }
            // A bare name is that of a component.
            let isName = !text.contains { "/#.".contains($0) }
            let path = isName ? "#/components/schemas/\(text)" : text
            let node = YAMLNode(content: .scalar(.string(path)), position: target.position)
            guard let reference = schemaReference(node) else { continue }
            discriminator.mapping.append((value, reference))
        }
        return discriminator
    }

    mutating func types(_ fields: Fields) -> [JSONType] {
        var types: [JSONType] = []
        let names: [YAMLNode] = fields["type"].map { $0.sequence ?? [$0] } ?? []
        for node in names {
            // `type: null` without quotes means the type of that name.
            let name = if case .scalar(.null) = node.content { "null" } else { string(node) ?? "" }
            guard let type = JSONType(rawValue: name) else {
                error("'\(name)' is no type of JSON Schema", at: node.position)
                continue
            }
            if types.contains(type) { error("the type '\(name)' stands here twice", at: node.position) }
            types.append(type)
        }
        if bool(fields["nullable"]) == true, !types.isEmpty, !types.contains(.null) { types.append(.null) }
        return types
    }

    /// A number that counts something.
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
        guard node.jsonValue.kind == .number, case .number(let number) = node.jsonValue.content else {
            error("expecting a number, not \(node.kind)", at: node.position)
            return nil
        }
        return number
    }
}
