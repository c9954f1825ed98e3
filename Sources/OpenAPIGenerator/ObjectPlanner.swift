import JSON
import OpenAPIDocument
import YAML

// Arrays and objects.

extension SchemaPlanner {
    mutating func array(
        _ content: Schema.Content, _ name: String, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        let prefix = content.prefixItems.prefix(content.maxItems ?? .max)
        guard prefix.isEmpty else { return tuple(content, Array(prefix), name, isComponent, &checked) }
        checked.formUnion(["prefixItems", "items", "minItems", "maxItems", "uniqueItems"])
        let element = content.items.map { shape(of: $0, named: name + "Item") } ?? .any
        return .array(
            element, minItems: content.minItems ?? 0, maxItems: content.maxItems,
            uniqueItems: content.uniqueItems ?? false)
    }

    /// An array whose first elements have schemas of their own.
    private mutating func tuple(
        _ content: Schema.Content, _ prefix: [Schema], _ name: String, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        checked.formUnion(["prefixItems", "items", "minItems", "maxItems"])
        return declare(name, content, isComponent: isComponent) { planner, name in
            var taken: Set<String> = ["rest"]
            let elements = prefix.enumerated().map { index, schema in
                let title = schema.title.map(SwiftName.lowerCamelCase) ?? SwiftName.ordinal(index)
                var element = planner.member(
                    title, schema, typeName: name + SwiftName.upperCamelCase(title),
                    isRequired: index < content.minItems ?? 0)
                element.swiftName = SwiftName.unused(title, among: taken)
                taken.insert(element.swiftName)
                // Whatever stands at a place is there in both directions, and nothing stands for what is absent.
                element.isRequired = index < content.minItems ?? 0
                element.direction = nil
                element.isRequiredInDirection = false
                element.defaultValue = nil
                return element
            }
            let refusesOthers = content.items?.truth == false
            let isClosed = refusesOthers || content.maxItems ?? .max <= elements.count
            let rest = isClosed ? nil : content.items.map { planner.shape(of: $0, named: name + "Item") } ?? .any
            return .tuple(
                Tuple(
                    elements: elements, rest: rest, refusesOthers: refusesOthers, minItems: content.minItems ?? 0,
                    maxItems: refusesOthers ? nil : content.maxItems))
        }
    }

    mutating func object(
        _ content: Schema.Content, _ name: String, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        guard content.properties.isEmpty else { return structure(content, name, isComponent, &checked) }
        return map(content, name, &checked)
    }

    /// An object whose member names are data.
    private mutating func map(_ content: Schema.Content, _ name: String, _ checked: inout Set<String>) -> Shape {
        checked.formUnion(["minProperties", "maxProperties"])
        var value = content.additionalProperties
        var names: Int?
        if let (source, schema) = content.patternProperties.elements.first.map({ ($0.key, $0.value) }) {
            // One pattern and nothing else is a constraint of the names.
            if content.patternProperties.count == 1, value?.truth == false, content.propertyNames == nil {
                names = pattern(source, at: content.position(of: "patternProperties"))
                checked.formUnion(["patternProperties", "additionalProperties"])
                value = schema
            } else {
                value = nil
            }
        } else if value?.truth != false {
            checked.insert("additionalProperties")
        } else {
            value = nil
        }
        if let schema = content.propertyNames, names == nil, schema.content.saysOnly(["type", "pattern"]) {
            names = pattern(schema.pattern, at: schema.position(of: "pattern"))
            checked.insert("propertyNames")
        }
        return .map(
            value.map { shape(of: $0, named: name + "Value") } ?? .any, names: names,
            minProperties: content.minProperties ?? 0, maxProperties: content.maxProperties)
    }

    private mutating func structure(
        _ content: Schema.Content, _ name: String, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        checked.insert("properties")
        if content.required.allSatisfy({ content.properties[$0] != nil }) { checked.insert("required") }
        if content.patternProperties.isEmpty { checked.insert("additionalProperties") }
        let expectsPresence = !content.anyOf.isEmpty && expectsPresence(content)
        if expectsPresence { checked.insert("anyOf") }
        return declare(name, content, isComponent: isComponent) { planner, name in
            var structure = Structure(members: [])
            structure.additional = planner.additional(content, name)
            var taken: Set<String> = structure.additional == nil ? [] : ["additionalProperties"]
            for (property, schema) in content.properties {
                var member = planner.member(
                    property, schema, typeName: name + SwiftName.upperCamelCase(property),
                    isRequired: content.required.contains(property))
                member.swiftName = planner.configuredName(of: property, in: name) ?? member.swiftName
                member.swiftName = SwiftName.unused(member.swiftName, among: taken)
                taken.insert(member.swiftName)
                structure.members.append(member)
            }
            structure.refusesUnknownMembers =
                content.additionalProperties?.truth == false && content.patternProperties.isEmpty
            if expectsPresence { structure.choices = planner.choices(content, structure.members) }
            return .structure(structure)
        }
    }

    /// The shape of members that are kept besides those that are declared: those that the contract speaks of.
    private mutating func additional(_ content: Schema.Content, _ name: String) -> Shape? {
        guard content.patternProperties.isEmpty else { return .any }
        guard let schema = content.additionalProperties, schema.truth != false else { return nil }
        return shape(of: schema, named: name + "Value")
    }

    /// A member of an object, or a parameter or header, which have all the same properties.
    mutating func member(
        _ name: String, _ schema: Schema, typeName: String, isRequired: Bool, description: String? = nil
    ) -> Member {
        let shape = shape(of: schema, named: typeName)
        let content = merged(schema).content
        let direction: Member.Direction? = content.isReadOnly ? .response : content.isWriteOnly ? .request : nil
        let note = direction.map { "In \($0.rawValue)s only." }
        let documentation = [description ?? schema.description ?? content.description, note].compactMap { $0?.trimmed }
        let isRequiredAlways = isRequired && direction == nil
        return Member(
            name: name, swiftName: SwiftName.lowerCamelCase(name),
            documentation: documentation.isEmpty ? nil : documentation.joined(separator: "\n\n"),
            isDeprecated: schema.isDeprecated || content.isDeprecated, shape: shape, isRequired: isRequiredAlways,
            defaultValue: isRequired ? nil : defaultValue(content, shape), direction: direction,
            isRequiredInDirection: isRequired && direction != nil)
    }
}
