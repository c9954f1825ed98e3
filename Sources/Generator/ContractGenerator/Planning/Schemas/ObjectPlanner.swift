import ContractDocument
import ContractJSON
import Diagnostics

// Arrays and objects.

extension SchemaPlanner {
    mutating func array(
        _ content: Schema.Content, _ name: TypeNaming, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        let prefix = content.prefixItems.prefix(content.maxItems ?? .max)
        guard prefix.isEmpty else { return tuple(content, Array(prefix), name, isComponent, &checked) }
        checked.formUnion(["prefixItems", "items", "minItems", "maxItems"])
        let element = content.items.map { shape(of: $0, named: name + "Item") } ?? .any
        let comparesElements = keepsDifferences(element)
        if comparesElements { checked.insert("uniqueItems") }
        return .array(
            element, minItems: content.minItems ?? 0, maxItems: content.maxItems,
            uniqueItems: comparesElements && content.uniqueItems ?? false)
    }

    /// Whether values of the shape are equal only if their JSON is. Objects can differ in members that a type does not have, and numbers in
    /// digits that a `Double` does not have.
    private func keepsDifferences(_ shape: Shape) -> Bool {
        switch shape {
        case .any, .boolean, .integer, .unsigned, .string, .constant: return true
        case .number, .map: return false
        case .array(let element, _, _, _), .nullable(let element), .validated(let element, _):
            return keepsDifferences(element)
        case .named(let name):
            switch types.named(name)?.definition {
            case .enumeration, .integerEnumeration: return true
            case .structure, .union, .tuple, .wrapper, nil: return false
            }
        }
    }

    /// An array whose first elements have schemas of their own (`prefixItems`).
    private mutating func tuple(
        _ content: Schema.Content, _ prefix: [Schema], _ name: TypeNaming, _ isComponent: Bool,
        _ checked: inout Set<String>
    ) -> Shape {
        checked.formUnion(["prefixItems", "items", "minItems", "maxItems"])
        return declare(name, content, isComponent: isComponent) { planner, name in
            var elements = prefix.enumerated().map { index, schema in
                let title = schema.title ?? SwiftName.ordinal(index)
                var element = planner.member(
                    title, schema, position: schema.position, typeName: TypeNaming(name, title),
                    isRequired: index < content.minItems ?? 0)
                // `readOnly` and `writeOnly` have no effect on elements, because every message must have all positions.
                // No value can replace an absent element.
                element.isRequired = index < content.minItems ?? 0
                element.direction = nil
                element.isRequiredInDirection = false
                element.defaultValue = nil
                return element
            }
            planner.add(elements.claimNames(reserved: ["rest"]))
            let refusesOthers = content.items?.truth == false
            let isClosed = refusesOthers || content.maxItems ?? .max <= elements.count
            let rest =
                isClosed ? nil : content.items.map { planner.shape(of: $0, named: TypeNaming(name, "item")) } ?? .any
            return .tuple(
                Tuple(
                    elements: elements, rest: rest, refusesOthers: refusesOthers, minItems: content.minItems ?? 0,
                    maxItems: refusesOthers ? nil : content.maxItems))
        }
    }

    mutating func object(
        _ content: Schema.Content, _ name: TypeNaming, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        guard content.properties.isEmpty else { return structure(content, name, isComponent, &checked) }
        return map(content, name, &checked)
    }

    /// An object whose member names are data, which becomes a dictionary.
    private mutating func map(_ content: Schema.Content, _ name: TypeNaming, _ checked: inout Set<String>) -> Shape {
        checked.formUnion(["minProperties", "maxProperties"])
        var value = content.additionalProperties
        var names: Int?
        if let (source, schema) = content.patternProperties.elements.first.map({ ($0.key, $0.value) }) {
            // A single pattern, without other members, is a constraint on the names.
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
        _ content: Schema.Content, _ name: TypeNaming, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        checked.insert("properties")
        if content.required.allSatisfy({ content.properties[$0] != nil }) { checked.insert("required") }
        if content.patternProperties.isEmpty { checked.insert("additionalProperties") }
        let expectsPresence = !content.anyOf.isEmpty && expectsPresence(content)
        if expectsPresence { checked.insert("anyOf") }
        return declare(name, content, isComponent: isComponent) { planner, name in
            var structure = Structure(members: [])
            structure.additional = planner.additional(content, name)
            var chosen: [String: String] = [:]
            let required = Set(content.required)
            for (property, schema) in content.properties {
                var member = planner.member(
                    property, schema, position: schema.position, typeName: TypeNaming(name, property),
                    isRequired: required.contains(property))
                if member.isRequiredInDirection, planner.goesOnly(in: member.direction, content) {
                    member.isRequired = true
                    member.isRequiredInDirection = false
                    member.direction = nil
                }
                member.tellsNull = !member.isRequired && member.shape.isNullable
                chosen[property] = planner.configuredName(of: property, in: name)
                structure.members.append(member)
            }
            planner.add(
                structure.members.claimNames(
                    reserved: structure.additional == nil ? [] : ["additionalProperties"], chosen: chosen))
            structure.refusesUnknownMembers =
                content.additionalProperties?.truth == false && content.patternProperties.isEmpty
            if expectsPresence { structure.choices = planner.choices(content, structure.members) }
            return .structure(structure)
        }
    }

    /// Whether all messages with the object's type have this direction. An object that no operation uses counts as part
    /// of responses, unless it has members that only requests contain.
    private func goesOnly(in direction: Member.Direction?, _ content: Schema.Content) -> Bool {
        guard let direction else { return false }
        let isInBoth = directions.has(content.position, in: .request) && directions.has(content.position, in: .response)
        // An object in messages of both directions has two types if its component has.
        if isInBoth { return isInSplitComponent && direction == (plansRequests ? .request : .response) }
        if directions.has(content.position, in: direction.other) { return false }
        if directions.has(content.position, in: direction) { return true }
        return direction == .response
            && !content.properties.values.contains { $0.isWriteOnly || merged($0).content.isWriteOnly }
    }

    /// The shape of additional members; `nil` if the contract does not mention them. Generated types keep only members
    /// that the contract mentions.
    private mutating func additional(_ content: Schema.Content, _ name: String) -> Shape? {
        guard content.patternProperties.isEmpty else { return .any }
        guard let schema = content.additionalProperties, schema.truth != false else { return nil }
        return shape(of: schema, named: TypeNaming(name, "value"))
    }

    /// A member of an object. Parameters and headers are members, too.
    mutating func member(
        _ name: String, _ schema: Schema, position: SourcePosition, typeName: TypeNaming, isRequired: Bool,
        description: String? = nil
    ) -> Member {
        let shape = shape(of: schema, named: typeName)
        let content = merged(schema).content
        let direction: Member.Direction? = content.isReadOnly ? .response : content.isWriteOnly ? .request : nil
        let note = direction.map { "In \($0.rawValue)s only." }
        let documentation = [description ?? schema.description ?? content.description, note].compactMap { $0?.trimmed }
        let isRequiredAlways = isRequired && direction == nil
        var member = Member(
            name: name, position: position,
            documentation: documentation.isEmpty ? nil : documentation.joined(separator: "\n\n"),
            isDeprecated: schema.isDeprecated || content.isDeprecated, shape: shape, isRequired: isRequiredAlways,
            defaultValue: isRequired ? nil : defaultValue(content, shape))
        member.direction = direction
        member.isRequiredInDirection = isRequired && direction != nil
        return member
    }
}
