import Diagnostics

/// The types to declare, in order. It finds types by name in constant time, because a document can have a hundred
/// thousand.
struct TypeTable: RandomAccessCollection, MutableCollection {
    private var types: [NamedType] = []
    private var numbers: [String: Int] = [:]

    var startIndex: Int { types.startIndex }
    var endIndex: Int { types.endIndex }

    subscript(position: Int) -> NamedType {
        get { types[position] }
        set { types[position] = newValue }
    }

    /// The index of the type with a name.
    func index(named name: String) -> Int? { numbers[name] }

    func named(_ name: String) -> NamedType? { numbers[name].map { types[$0] } }

    mutating func append(_ type: NamedType) {
        numbers[type.name] = types.count
        types.append(type)
    }

    /// Reserves a position before the types that a type contains. Until the type is set, no lookup finds it.
    mutating func reservePlace(at position: SourcePosition) -> Int {
        types.append(NamedType(name: "", position: position, definition: .wrapper(.any)))
        return types.count - 1
    }

    /// Sets the type at a reserved position.
    mutating func set(_ type: NamedType, at place: Int) {
        numbers[type.name] = place
        types[place] = type
    }
}
