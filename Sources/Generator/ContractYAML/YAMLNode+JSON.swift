public import ContractJSON

extension YAMLNode {
    /// The node as JSON. Members keep the file's order.
    public var jsonValue: JSONValue {
        switch content {
        case .scalar(let scalar): scalar.jsonValue
        case .sequence(let elements): JSONValue(array: elements.map(\.jsonValue))
        case .mapping(let members):
            JSONValue(object: members.map { (key: $0.key.name ?? "null", value: $0.value.jsonValue) })
        }
    }
}

extension YAMLNode {
    /// The text of a key. A status and similar keys are often written as numbers.
    public var name: String? {
        switch content {
        case .scalar(.string(let text)), .scalar(.int(let text)), .scalar(.float(let text)): text
        case .scalar(.bool(let value)): "\(value)"
        default: nil
        }
    }
}

extension YAMLScalar {
    fileprivate var jsonValue: JSONValue {
        switch self {
        case .null: nil
        case .bool(let value): JSONValue(value)
        case .string(let text): JSONValue(text)
        case .int(let text), .float(let text): number(text).map(JSONValue.init(_:)) ?? JSONValue(text)
        }
    }

    /// A number as JSON. It keeps its text if JSON writes it the same way.
    private func number(_ text: String) -> JSONNumber? {
        if let number = JSONNumber(text) { return number }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16).map(JSONNumber.init(_:)) }
        if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8).map(JSONNumber.init(_:)) }
        return Int(text).map(JSONNumber.init(_:)) ?? Double(text).flatMap { JSONNumber("\($0)") }
    }
}
