import ContractJSON

extension JSONValue {
    /// Whether every number is in the range of finite doubles, as the contract promises for all responses.
    var hasOnlyDoubles: Bool {
        guard mayHaveLargeNumbers else { return true }
        var reader = JSONReader(self)
        return (try? Self.skipDoubles(&reader)) ?? false
    }

    /// Whether the text contains a digit followed by an exponent, or a long run of digits, inside a string or not. Most texts contain
    /// neither, and this test is faster than reading the value.
    private var mayHaveLargeNumbers: Bool {
        var digits = 0
        for byte in bytes {
            if byte &- UInt8(ascii: "0") < 10 {
                digits += 1
                if digits > 308 { return true }
            } else {
                if digits > 0, byte | 0x20 == UInt8(ascii: "e") { return true }
                digits = 0
            }
        }
        return false
    }

    /// Consumes the next value, or as much of it as is necessary to find a number beyond a double.
    private static func skipDoubles(_ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch try reader.peek() {
        case .number: return try reader.skipNumber()
        case .array:
            try reader.beginArray()
            while try reader.nextElement() { if try !skipDoubles(&reader) { return false } }
            return true
        case .object:
            try reader.beginObject()
            while try reader.nextKey() != nil { if try !skipDoubles(&reader) { return false } }
            return true
        case .null, .bool, .string:
            try reader.skip()
            return true
        }
    }
}
