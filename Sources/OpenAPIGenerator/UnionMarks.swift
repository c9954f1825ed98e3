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

    /// Finds out which marks do not tell everything: 'oneOf' asks that a value is valid against one alternative alone.
    func addRivals(to union: inout Union, _ profiles: [SchemaProfile]) {
        var settled: Set<Int> = []
        for index in union.testingOrder {
            guard let mark = union.alternatives[index].mark else { continue }
            let rivals = profiles.indices.filter { other in
                other != index && !settled.contains(other) && !excludes(mark, profiles[other])
            }
            union.alternatives[index].rivals = rivals
            // Whoever bears this mark is not there any more when those after it are tested.
            if rivals.isEmpty { settled.insert(index) }
        }
    }

    /// Whether no value with a mark is valid against a schema.
    private func excludes(_ mark: Alternative.Mark, _ other: SchemaProfile) -> Bool {
        if case .types(let types) = mark { return areDisjoint(Set(types), other.types) }
        guard other.types.contains(.object) else { return true }
        func excludes(_ member: String, _ isExcluded: (Schema) -> Bool) -> Bool {
            other.properties[member].map(isExcluded) ?? other.isClosed
        }
        return switch mark {
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

    /// Whether no value is of a type of each. Every integer is a number.
    private func areDisjoint(_ one: Set<JSONType>, _ other: Set<JSONType>) -> Bool {
        func all(_ types: Set<JSONType>) -> Set<JSONType> { types.contains(.number) ? types.union([.integer]) : types }
        return all(one).isDisjoint(with: all(other))
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
