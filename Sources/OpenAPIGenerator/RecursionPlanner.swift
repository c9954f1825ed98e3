// Types that contain themselves other than in an array or a dictionary.

extension SchemaPlanner {
    /// Makes indirect what would need endless room: unions, and then members of structures.
    mutating func breakCycles() {
        for index in types.indices {
            guard case .union = types[index].definition else { continue }
            if reaches(types[index].name, from: parts(of: types[index])) { types[index].isIndirect = true }
        }
        for index in types.indices {
            guard case .structure(var structure) = types[index].definition else { continue }
            for member in structure.members.indices {
                guard let part = structure.members[member].shape.directPart else { continue }
                structure.members[member].isIndirect =
                    part == types[index].name || reaches(types[index].name, from: [part])
                types[index].definition = .structure(structure)
            }
        }
    }

    /// Whether a type is among some types or what they contain.
    private func reaches(_ name: String, from start: [String]) -> Bool {
        var pending = start
        var seen: Set<String> = []
        while let next = pending.popLast() {
            if next == name { return true }
            guard seen.insert(next).inserted, let type = types.first(where: { $0.name == next }) else { continue }
            pending += parts(of: type)
        }
        return false
    }

    /// The types that a type has room for.
    private func parts(of type: NamedType) -> [String] {
        if type.isIndirect { return [] }
        return switch type.definition {
        case .structure(let structure): structure.members.filter { !$0.isIndirect }.compactMap(\.shape.directPart)
        case .union(let union): union.alternatives.compactMap(\.shape.directPart)
        case .wrapper(let shape): [shape.directPart].compactMap { $0 }
        case .enumeration, .integerEnumeration: []
        }
    }
}

extension Shape {
    /// The type that is a part of a value of this shape, other than in an array or a dictionary.
    fileprivate var directPart: String? {
        if case .named(let name) = nonNull.unvalidated { name } else { nil }
    }
}
