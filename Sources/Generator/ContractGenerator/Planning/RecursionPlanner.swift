// Types that contain themselves directly, and not in an array or a dictionary.

extension SchemaPlanner {
    /// Makes types and members indirect that would otherwise have an infinite size: first unions, then members of
    /// structures.
    mutating func breakCycles() {
        for index in types.indices where types[index].keepsEveryAlternative && contains(types[index].name) {
            // With a form for each alternative, the size of a value would grow exponentially with its depth.
            types[index].takeFirstAlternative()
        }
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

    /// Whether values of a type can contain others of the same type, at any depth.
    private func contains(_ name: String) -> Bool {
        var pending = types.named(name)?.allParts ?? []
        var seen: Set<String> = []
        while let next = pending.popLast() {
            if next == name { return true }
            if seen.insert(next).inserted { pending += types.named(next)?.allParts ?? [] }
        }
        return false
    }

    /// Whether the start, or anything that it contains, is the type with this name.
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

    /// The types that may contain themselves. It repeatedly removes types that contain no remaining type; the rest may
    /// be recursive. Few contracts have many.
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

    /// The types whose values are stored directly in values of a type.
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
    fileprivate var keepsEveryAlternative: Bool {
        if case .union(let union) = definition { union.selection == .every } else { false }
    }

    fileprivate mutating func takeFirstAlternative() {
        guard case .union(var union) = definition else { return }
        union.selection = .first
        definition = .union(union)
    }

    /// The types of the values that a value can contain, also in arrays and dictionaries.
    fileprivate var allParts: [String] {
        switch definition {
        case .structure(let structure):
            structure.members.flatMap(\.shape.allParts) + (structure.additional?.allParts ?? [])
        case .tuple(let tuple): tuple.elements.flatMap(\.shape.allParts) + (tuple.rest?.allParts ?? [])
        case .union(let union): union.alternatives.flatMap(\.shape.allParts)
        case .wrapper(let shape): shape.allParts
        case .enumeration, .integerEnumeration: []
        }
    }

    /// The members of an object, or the elements of a tuple.
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
    /// The types that the shape names.
    fileprivate var allParts: [String] {
        switch self {
        case .named(let name): [name]
        case .array(let part, _, _, _), .map(let part, _, _, _), .nullable(let part), .validated(let part, _):
            part.allParts
        default: []
        }
    }

    /// The type whose value is stored directly in a value of this shape, and not in an array or a dictionary.
    fileprivate var directPart: String? {
        if case .named(let name) = nonNull.unvalidated { name } else { nil }
    }
}
