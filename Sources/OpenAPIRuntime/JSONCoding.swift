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
    ///
    /// - Parameter direction: where it goes, if members that are for the other direction alone (`readOnly`, `writeOnly`) are to be left
    ///   out.
    public func jsonBytes(for direction: JSONWriter.Direction? = nil) -> [UInt8] {
        JSONWriter.bytes(for: direction) { encode(to: &$0) }
    }
}

/// Reads any value, and refuses numbers beyond the range of an IEEE double wherever they stand in it (RFC 8259 §6
/// calls everything within it interoperable).
extension JSONValue: JSONDecodable, JSONEncodable {
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> JSONValue? {
        let value = try json.readValue()
        let mark = problems.mark
        value.addNumbersOutOfRange(&problems)
        return problems.foundNone(since: mark) ? value : nil
    }

    public func encode(to json: inout JSONWriter) {
        json.write(self)
    }

    private func addNumbersOutOfRange(_ problems: inout ValidationProblems) {
        switch kind {
        case .null, .bool, .string: return
        case .number, .array, .object: break
        }
        var reader = JSONReader(self)
        do {
            try Self.addNumbersOutOfRange(&reader, &problems)
        } catch {
            preconditionFailure("a JSONValue holds JSON: \(error)")
        }
    }

    private static func addNumbersOutOfRange(
        _ json: inout JSONReader, _ problems: inout ValidationProblems
    ) throws(JSONError) {
        switch try json.peek() {
        case .number:
            if try !json.readNumber().isRepresentableAsDouble {
                problems.add(.other, "a number is beyond the range of a double")
            }
        case .array:
            try json.beginArray()
            var index = 0
            while try json.nextElement() {
                let mark = problems.mark
                try addNumbersOutOfRange(&json, &problems)
                problems.prefix(index: index, since: mark)
                index += 1
            }
        case .object:
            try json.beginObject()
            while let key = try json.nextKey() {
                let mark = problems.mark
                try addNumbersOutOfRange(&json, &problems)
                problems.prefix(key.string, since: mark)
            }
        case .null, .bool, .string:
            try json.skip()
        }
    }
}

extension JSONWriter {
    /// The bytes of what `write` writes.
    public static func bytes(
        for direction: Direction? = nil, _ write: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.direction = direction
        write(&json)
        return json.finish()
    }
}
