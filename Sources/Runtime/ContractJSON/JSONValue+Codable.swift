/// Coders keep neither the text of numbers nor the order of members. An integer beyond `Int` and `UInt64` becomes a `Double`.
extension JSONValue: Codable {
    private struct MemberKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    /// Writes the value. If a name repeats in an object, the coder gets both members.
    ///
    /// - Throws: the encoder's error; `EncodingError` if a number is beyond the range of a `Double`.
    public func encode(to encoder: any Encoder) throws {
        switch content {
        case .object(let members):
            var container = encoder.container(keyedBy: MemberKey.self)
            for (name, value) in members { try container.encode(value, forKey: MemberKey(stringValue: name)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .string(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .number(let number):
            var container = encoder.singleValueContainer()
            if let value = number.int {
                try container.encode(value)
            } else if let value = number.uint64 {
                try container.encode(value)
            } else if let value = Double(number.text), value.isFinite {
                try container.encode(value)
            } else {
                throw EncodingError.invalidValue(
                    self,
                    .init(
                        codingPath: encoder.codingPath, debugDescription: "the number is beyond the range of a Double"))
            }
        }
    }

    /// Reads a value of any kind. Members of objects are sorted by name, because coders do not tell their order.
    ///
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: MemberKey.self) {
            self.init(
                object: try container.allKeys.sorted { $0.stringValue < $1.stringValue }.map {
                    ($0.stringValue, try container.decode(JSONValue.self, forKey: $0))
                }
            )
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !container.isAtEnd { elements.append(try container.decode(JSONValue.self)) }
            self.init(array: elements)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self.init { $0.writeNull() }
            } else if let value = try? container.decode(Bool.self) {
                self.init(value)
            } else if let value = try? container.decode(Int.self) {
                self.init(value)
            } else if let value = try? container.decode(UInt64.self) {
                self.init { $0.write(value) }
            } else if let value = try? container.decode(Double.self), value.isFinite {
                self.init { $0.write(value) }
            } else {
                self.init(try container.decode(String.self))
            }
        }
    }
}
