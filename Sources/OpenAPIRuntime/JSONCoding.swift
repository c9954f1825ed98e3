public import JSON

/// A value that can be read from JSON while being validated.
public protocol JSONDecodable: Sendable {
    /// Reads one value and consumes all of it, whether it is valid or not.
    ///
    /// - Returns: the value, or `nil` after having added at least one problem.
    /// - Throws: `JSONError` when the text is not JSON; nothing can be read after that.
    static func decode(from json: inout JSONReader, problems: inout ValidationProblems) throws(JSONError) -> Self?
}

/// A value that can be written as JSON.
public protocol JSONEncodable: Sendable {
    func encode(to json: inout JSONWriter)
}

extension JSONEncodable {
    /// The value as JSON text in UTF-8.
    public func jsonBytes() -> [UInt8] {
        JSONWriter.bytes { encode(to: &$0) }
    }
}

/// Reads any value, and refuses numbers beyond the range of an IEEE double wherever they stand in it (RFC 8259 §6
/// calls everything within it interoperable).
extension JSONValue: JSONDecodable, JSONEncodable {
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> JSONValue? {
        let value = try json.readValue()
        guard value.numbersAreInRange() else {
            problems.add(.other, "a number is beyond the range of a double")
            return nil
        }
        return value
    }

    public func encode(to json: inout JSONWriter) {
        json.write(self)
    }

    private func numbersAreInRange() -> Bool {
        // A number is beyond the range only with an exponent or with more than 308 digits.
        switch kind {
        case .null, .bool, .string: return true
        case .number, .array, .object: break
        }
        var reader = JSONReader(self)
        do {
            return try Self.numbersAreInRange(&reader)
        } catch {
            preconditionFailure("a JSONValue holds JSON: \(error)")
        }
    }

    private static func numbersAreInRange(_ json: inout JSONReader) throws(JSONError) -> Bool {
        var inRange = true
        switch try json.peek() {
        case .number:
            inRange = try json.readNumber().isRepresentableAsDouble
        case .array:
            try json.beginArray()
            while try json.nextElement() { inRange = try numbersAreInRange(&json) && inRange }
        case .object:
            try json.beginObject()
            while try json.nextKey() != nil { inRange = try numbersAreInRange(&json) && inRange }
        case .null, .bool, .string:
            try json.skip()
        }
        return inRange
    }
}

extension JSONWriter {
    /// The bytes of what `write` writes.
    public static func bytes(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        write(&json)
        return json.finish()
    }
}
