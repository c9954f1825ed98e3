/// Equal as JSON values: numbers by their exact decimal value, objects whatever the order of their members. Of a repeated
/// name the last member counts.
extension JSONValue: Hashable {
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        guard left.kind == right.kind else { return false }
        return left.bytes == right.bytes || left.canonicalBytes == right.canonicalBytes
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(canonicalBytes)
    }

    /// The same bytes for all values that are equal, made in one pass.
    private var canonicalBytes: [UInt8] {
        var json = JSONReader(self)
        do {
            return try Self.canonicalBytes(&json)
        } catch {
            preconditionFailure("a JSONValue holds valid JSON: \(error)")
        }
    }

    private static func canonicalBytes(_ json: inout JSONReader) throws(JSONError) -> [UInt8] {
        switch try json.peek() {
        case .null:
            try json.readNull()
            return [UInt8(ascii: "n")]
        case .bool: return [try json.readBool() ? UInt8(ascii: "t") : UInt8(ascii: "f")]
        case .number: return try json.readNumber().canonicalBytes
        case .string: return quoted(try json.readString())
        case .array:
            var bytes = [UInt8(ascii: "[")]
            try json.beginArray()
            while try json.nextElement() {
                bytes += try canonicalBytes(&json)
                bytes.append(UInt8(ascii: ","))
            }
            return bytes + [UInt8(ascii: "]")]
        case .object:
            // By bytes: strings that are canonically equivalent in Unicode are different names in JSON.
            var members: [[UInt8]: [UInt8]] = [:]
            try json.beginObject()
            while let key = try json.nextKey() { members[quoted(key.string)] = try canonicalBytes(&json) }
            var bytes = [UInt8(ascii: "{")]
            for (name, value) in members.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                bytes += name
                bytes += value
                bytes.append(UInt8(ascii: ","))
            }
            return bytes + [UInt8(ascii: "}")]
        }
    }

    private static func quoted(_ string: String) -> [UInt8] {
        var json = JSONWriter()
        json.write(string)
        return json.finish()
    }
}
