import ContractJSON

/// A fully parsed JSON value, because a schema looks at each part many times.
struct Instance {
    indirect enum Content {
        case null
        case bool
        case number(JSONNumber)
        case string(String)
        case array([Instance])
        /// The members in order, without repeats. If the text repeats a name, its last member counts.
        case object([(name: String, value: Instance)])
    }

    let value: JSONValue
    let content: Content

    init(_ value: JSONValue) {
        self.value = value
        switch value.content {
        case .null: content = .null
        case .bool: content = .bool
        case .number(let number): content = .number(number)
        case .string(let text): content = .string(text)
        case .array(let elements): content = .array(elements.map(Instance.init))
        case .object(let members):
            var last: [String: Int] = [:]
            for (index, member) in members.enumerated() { last[member.key] = index }
            content = .object(
                members.enumerated().filter { last[$0.element.key] == $0.offset }
                    .map { ($0.element.key, Instance($0.element.value)) })
        }
    }

    func isOf(type: String) -> Bool {
        switch content {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .number(let number): type == "number" || (type == "integer" && number.isInteger)
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}
