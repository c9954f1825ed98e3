import ContractJSON

extension JSONValue {
    /// The member of an object.
    subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = content { members.first { $0.key == name }?.value } else { nil }
    }

    /// The elements of an array, otherwise none.
    var elements: [JSONValue] {
        if case .array(let elements) = content { elements } else { [] }
    }

    /// The text of a string.
    var string: String? {
        if case .string(let string) = content { string } else { nil }
    }

    /// The value of a boolean.
    var bool: Bool? {
        if case .bool(let bool) = content { bool } else { nil }
    }
}
