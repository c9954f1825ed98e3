// Types that contain themselves other than in an array or a dictionary.

extension SchemaPlanner {
    /// Makes indirect what would need endless room: unions, and then members of structures.
    mutating func breakCycles() {
        let indices = Dictionary(types.indices.map { (types[$0].name, $0) }) { first, _ in first }
        let recursive = recursiveTypes(indices)
        for index in recursive {
            guard case .union = types[index].definition else { continue }
            if reaches(types[index].name, from: parts(of: types[index]), indices) { types[index].isIndirect = true }
        }
        for index in recursive {
            for member in types[index].members.indices {
                guard let part = types[index].members[member].shape.directPart else { continue }
                types[index].members[member].isIndirect =
                    part == types[index].name || reaches(types[index].name, from: [part], indices)
            }
        }
    }

    /// Whether a type is among some types or what they contain.
    private func reaches(_ name: String, from start: [String], _ indices: [String: Int]) -> Bool {
        var pending = start
        var seen: Set<String> = []
        while let next = pending.popLast() {
            if next == name { return true }
            guard seen.insert(next).inserted, let index = indices[next] else { continue }
            pending += parts(of: types[index])
        }
        return false
    }

    /// The types that may contain themselves: those that are left when whatever contains none of these is taken away, time and
    /// again. Few contracts have many.
    private func recursiveTypes(_ indices: [String: Int]) -> [Int] {
        let parts = types.map { type in self.parts(of: type).compactMap { indices[$0] } }
        var owners = [[Int]](repeating: [], count: types.count)
        var remaining = parts.map(\.count)
        for (index, parts) in parts.enumerated() { for part in parts { owners[part].append(index) } }
        var free = types.indices.filter { remaining[$0] == 0 }
        while let index = free.popLast() {
            for owner in owners[index] {
                remaining[owner] -= 1
                if remaining[owner] == 0 { free.append(owner) }
            }
        }
        return types.indices.filter { remaining[$0] > 0 }
    }

    /// The types that a type has room for.
    private func parts(of type: NamedType) -> [String] {
        if type.isIndirect { return [] }
        return switch type.definition {
        case .structure, .tuple: type.members.filter { !$0.isIndirect }.compactMap(\.shape.directPart)
        case .union(let union): union.alternatives.compactMap(\.shape.directPart)
        case .wrapper(let shape): [shape.directPart].compactMap { $0 }
        case .enumeration, .integerEnumeration: []
        }
    }
}

extension NamedType {
    /// The members of an object, or the elements of an array, that are properties.
    fileprivate var members: [Member] {
        get {
            switch definition {
            case .structure(let structure): structure.members
            case .tuple(let tuple): tuple.elements
            case .enumeration, .integerEnumeration, .union, .wrapper: []
            }
        }
        set {
            switch definition {
            case .structure(var structure):
                structure.members = newValue
                definition = .structure(structure)
            case .tuple(var tuple):
                tuple.elements = newValue
                definition = .tuple(tuple)
            case .enumeration, .integerEnumeration, .union, .wrapper: break
            }
        }
    }
}

extension Shape {
    /// The type that is a part of a value of this shape, other than in an array or a dictionary.
    fileprivate var directPart: String? {
        if case .named(let name) = nonNull.unvalidated { name } else { nil }
    }
}
