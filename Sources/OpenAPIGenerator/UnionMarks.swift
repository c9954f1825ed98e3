import OpenAPIDocument
import YAML

// What tells the alternatives of a union apart without trying them.

extension SchemaPlanner {
    /// A mark for each alternative that has one: values of the others do not bear it, unless they come first.
    func marks(_ profiles: [SchemaProfile]) -> [Alternative.Mark?] {
        var marks = profiles.indices.map { index -> Alternative.Mark? in
            let own = profiles[index]
            let others = profiles.indices.filter { $0 != index }.map { profiles[$0] }
            if !own.types.isEmpty, others.allSatisfy({ $0.types.isDisjoint(with: own.types) }) {
                return .types(JSONType.allCases.filter(own.types.contains))
            }
            guard own.types == [.object] else { return nil }
            return objectMark(own, others.filter { $0.types.contains(.object) })
        }
        // One object among objects that all bear a mark is told by bearing none.
        let unmarked = marks.indices.filter { marks[$0] == nil }
        if unmarked.count == 1, profiles[unmarked[0]].types == [.object] { marks[unmarked[0]] = .otherObject }
        return marks
    }

    private func objectMark(_ own: SchemaProfile, _ others: [SchemaProfile]) -> Alternative.Mark? {
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

    /// The values of the discriminator for each alternative: the constants it has itself, or else those that are mapped to
    /// it and its name.
    mutating func discriminatorMarks(_ discriminator: Schema.Discriminator, _ schemas: [Schema]) -> [Alternative.Mark?]
    {
        for (value, target) in discriminator.mapping
        where !schemas.contains(where: { $0.soleReference?.name == target.name }) {
            refuse(target.position, "'\(value)' stands for \(target.name), which is not among the alternatives")
        }
        var seen: Set<String> = []
        return schemas.map { schema in
            let name = discriminator.propertyName
            let own = profile(of: schema).properties[name].flatMap { constants(of: $0) }
            let mapped = discriminator.mapping.filter { $0.schema.name == schema.soleReference?.name }.map(\.value)
            let values = own ?? (mapped + [schema.soleReference?.name].compactMap { $0 })
            if values.isEmpty {
                refuse(
                    schema.position, "with a discriminator, an alternative is a component or has a constant '\(name)'")
            }
            let unseen = values.filter { seen.insert($0).inserted }
            if unseen.isEmpty, !values.isEmpty {
                refuse(schema.position, "'\(values[0])' as '\(name)' stands for an alternative before this one already")
            }
            return .constant(member: name, values: unseen)
        }
    }
}
