import ContractDocument
import ContractYAML

// The discriminants by which the alternatives of a union can be distinguished without decoding them.

extension SchemaPlanner {
    /// The discriminant of each alternative; `nil` for those that have none. Values of other alternatives do not have the discriminant,
    /// unless their alternatives are tested earlier.
    func discriminants(_ profiles: [SchemaProfile]) -> [Alternative.Discriminant?] {
        var discriminants = profiles.indices.map { index -> Alternative.Discriminant? in
            let own = profiles[index]
            let others = profiles.indices.filter { $0 != index }.map { profiles[$0] }
            if !own.types.isEmpty, others.allSatisfy({ $0.types.isDisjoint(with: own.types) }) {
                return .types(JSONType.allCases.filter(own.types.contains))
            }
            guard own.types == [.object] else { return nil }
            return objectDiscriminant(own, others.filter { $0.types.contains(.object) })
        }
        // If all other objects have discriminants, the absence of these discriminants identifies the remaining one.
        let undistinguished = discriminants.indices.filter { discriminants[$0] == nil }
        if undistinguished.count == 1, profiles[undistinguished[0]].types == [.object] {
            discriminants[undistinguished[0]] = .otherObject
        }
        return discriminants
    }

    /// Finds the discriminants that do not suffice: `oneOf` requires that a value is valid against only one alternative.
    func addOverlaps(to union: inout Union, _ profiles: [SchemaProfile]) {
        var settled: Set<Int> = []
        for index in union.testingOrder {
            guard let discriminant = union.alternatives[index].discriminant else { continue }
            let overlaps = profiles.indices.filter { other in
                other != index && !settled.contains(other) && !excludes(discriminant, profiles[other])
            }
            union.alternatives[index].overlaps = overlaps
            // Values with this discriminant are decided now, so tests of later discriminants need not consider them.
            if overlaps.isEmpty { settled.insert(index) }
        }
    }

    /// Whether an object can be valid against several alternatives with different types.
    func mayFitTogether(_ union: Union, _ profiles: [SchemaProfile]) -> Bool {
        let shapes = union.alternatives.map(\.shape)
        guard shapes.allSatisfy({ !$0.isNullable && $0 != .any }) else { return false }
        func excludes(_ one: Int, _ other: Int) -> Bool {
            union.alternatives[one].discriminant.map { self.excludes($0, profiles[other]) } ?? false
        }
        let objects = profiles.indices.filter { profiles[$0].types == [.object] }
        return objects.contains { one in
            objects.contains { other in
                one < other && shapes[one] != shapes[other] && !excludes(one, other) && !excludes(other, one)
            }
        }
    }

    /// Whether no value with a discriminant is valid against a schema.
    private func excludes(_ discriminant: Alternative.Discriminant, _ other: SchemaProfile) -> Bool {
        if case .types(let types) = discriminant { return areDisjoint(Set(types), other.types) }
        guard other.types.contains(.object) else { return true }
        func excludes(_ member: String, _ isExcluded: (Schema) -> Bool) -> Bool {
            other.properties[member].map(isExcluded) ?? other.isClosed
        }
        return switch discriminant {
        case .types, .otherObject: false
        case .member(let name): excludes(name) { profile(of: $0).types.isEmpty }
        case .memberTypes(let name, let types): excludes(name) { areDisjoint(Set(types), profile(of: $0).types) }
        case .constant(let name, let values):
            excludes(name) { schema in
                constants(of: schema).map { Set($0).isDisjoint(with: values) }
                    ?? !profile(of: schema).types.contains(.string)
            }
        }
    }

    /// Whether no value has types from both sets. Every integer is a number.
    private func areDisjoint(_ one: Set<JSONType>, _ other: Set<JSONType>) -> Bool {
        func all(_ types: Set<JSONType>) -> Set<JSONType> { types.contains(.number) ? types.union([.integer]) : types }
        return all(one).isDisjoint(with: all(other))
    }

    private func objectDiscriminant(_ own: SchemaProfile, _ others: [SchemaProfile]) -> Alternative.Discriminant? {
        for name in own.required {
            guard let values = own.properties[name].flatMap({ constants(of: $0) }) else { continue }
            let isOwn = others.allSatisfy { other in
                guard let property = other.properties[name] else { return true }
                return constants(of: property).map { Set($0).isDisjoint(with: values) } ?? false
            }
            if isOwn { return .constant(member: name, values: values) }
        }
        if let name = own.required.first(where: { name in others.allSatisfy { $0.properties[name] == nil } }) {
            return .member(name)
        }
        for name in own.required {
            guard let types = own.properties[name].map({ profile(of: $0).types }), !types.isEmpty else { continue }
            let isOwn = others.allSatisfy { other in
                other.properties[name].map { profile(of: $0).types.isDisjoint(with: types) } ?? true
            }
            if isOwn { return .memberTypes(name, JSONType.allCases.filter(types.contains)) }
        }
        return nil
    }

    /// The values of the discriminator for each alternative: its own constants, or else its name and the values that
    /// are mapped to it. `nil` if the discriminator does not identify the alternative.
    mutating func discriminants(of discriminator: Schema.Discriminator, _ schemas: [Schema]) -> [Alternative
        .Discriminant]?
    {
        for (value, target) in discriminator.mapping
        where !schemas.contains(where: { $0.soleReference?.name == target.name }) {
            warn(
                target.position, .alternative,
                "'\(value)' stands for \(target.name), which is not among the alternatives")
        }
        let name = discriminator.propertyName
        var discriminants: [Alternative.Discriminant] = []
        var seen: Set<String> = []
        let constants = schemas.map { profile(of: $0).properties[name].flatMap { self.constants(of: $0) } }
        // Lists of values that several alternatives inherit do not distinguish them.
        let several = Dictionary(grouping: constants.compactMap(\.self).filter { $0.count > 1 }) { $0 }
        var inherited = Set(several.filter { $0.value.count > 1 }.keys)
        if let target = discriminator.defaultMapping?.name,
            let index = schemas.firstIndex(where: { $0.soleReference?.name == target }), let values = constants[index]
        {
            inherited.insert(values)
        }
        for (schema, constants) in zip(schemas, constants) {
            let own = constants.flatMap { inherited.contains($0) ? nil : $0 }
            let mapped = discriminator.mapping.filter { $0.schema.name == schema.soleReference?.name }.map(\.value)
            let values = own ?? (mapped + [schema.soleReference?.name].compactMap { $0 })
            if values.isEmpty {
                warn(
                    schema.position, .alternative,
                    "the discriminator is not used: this alternative is no component, and has no constant '\(name)'")
                return nil
            }
            let shared = values.filter { !seen.insert($0).inserted }
            if let value = shared.first {
                warn(
                    schema.position, .alternative,
                    "'\(value)' as '\(name)' stands for an alternative before this one already; the other members decide"
                )
            }
            discriminants.append(.constant(member: name, values: values))
        }
        return discriminants
    }
}
