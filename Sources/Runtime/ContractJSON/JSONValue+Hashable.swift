/// Values are equal as JSON values: numbers by their exact decimal value, objects in any order of their members. If a name is repeated, its
/// last member counts.
extension JSONValue: Hashable {
    /// Whether the values are equal as JSON values. Equal texts are compared without parsing.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        guard left.kind == right.kind else { return false }
        return left.bytes == right.bytes || left.canonicalBytes == right.canonicalBytes
    }

    /// Hashes a canonical text, which is the same for equal values.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(canonicalBytes)
    }

    /// Equal for equal values, and different for different ones. The work is linear in the size of the value, except for sorting the names
    /// of objects whose members are not in order.
    private var canonicalBytes: [UInt8] {
        var json = JSONReader(self)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.bytes.count)
        do {
            try Self.appendCanonical(&json, to: &bytes)
        } catch {
            preconditionFailure("a JSONValue holds valid JSON: \(error)")
        }
        return bytes
    }

    private static func appendCanonical(_ json: inout JSONReader, to bytes: inout [UInt8]) throws(JSONError) {
        switch try json.peek() {
        case .null:
            try json.readNull()
            bytes.append(UInt8(ascii: "n"))
        case .bool: bytes.append(try json.readBool() ? UInt8(ascii: "t") : UInt8(ascii: "f"))
        case .number: bytes += try json.readNumber().canonicalBytes
        case .string: append(try json.readString(), to: &bytes)
        case .array:
            bytes.append(UInt8(ascii: "["))
            try json.beginArray()
            while try json.nextElement() {
                try appendCanonical(&json, to: &bytes)
                bytes.append(UInt8(ascii: ","))
            }
            bytes.append(UInt8(ascii: "]"))
        case .object:
            bytes.append(UInt8(ascii: "{"))
            try json.beginObject()
            let start = bytes.count
            var members: [Member] = []
            while let key = try json.nextKey() {
                var member = Member(name: bytes.count..<bytes.count, end: 0)
                append(key.string, to: &bytes)
                member.name = member.name.lowerBound..<bytes.count
                try appendCanonical(&json, to: &bytes)
                bytes.append(UInt8(ascii: ","))
                member.end = bytes.count
                members.append(member)
            }
            order(&members, from: start, in: &bytes)
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// A string as its length and its bytes. Strings that are canonically equivalent in Unicode are different in JSON.
    private static func append(_ string: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        withUnsafeBytes(of: string.utf8.count) { bytes += $0 }
        bytes += string.utf8
    }

    /// The position of an object's member in the canonical bytes.
    private struct Member {
        /// The name. The value follows it.
        var name: Range<Int>
        var end: Int
    }

    /// Sorts the members of an object by name, and keeps only the last of those with the same name. They reach from `start` to the end.
    private static func order(_ members: inout [Member], from start: Int, in bytes: inout [UInt8]) {
        let ordered: [Member]? = bytes.withUnsafeBytes { bytes in
            func compare(_ left: Member, _ right: Member) -> Int {
                let (left, right) = (bytes[left.name], bytes[right.name])
                // The length comes first in the bytes.
                if left.count != right.count { return left.count - right.count }
                return zip(left, right).lazy.map { Int($0) - Int($1) }.first { $0 != 0 } ?? 0
            }
            let isOrdered = zip(members, members.dropFirst()).allSatisfy { compare($0, $1) < 0 }
            if isOrdered { return nil }
            // The standard library's sort is stable, but does not guarantee it.
            let sorted = members.sorted { left, right in
                let order = compare(left, right)
                return order == 0 ? left.end < right.end : order < 0
            }
            return sorted.indices.filter { $0 + 1 == sorted.count || compare(sorted[$0], sorted[$0 + 1]) != 0 }.map {
                sorted[$0]
            }
        }
        guard let ordered else { return }
        let body = Array(bytes[start...])
        bytes.removeSubrange(start...)
        for member in ordered { bytes += body[member.name.lowerBound - start..<member.end - start] }
    }
}
