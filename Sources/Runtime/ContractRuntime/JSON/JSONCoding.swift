public import ContractJSON

/// A value that can be decoded from JSON and validated at the same time.
public protocol JSONDecodable: Sendable {
    /// Decodes one value and consumes all of it, even if it is invalid.
    ///
    /// - Returns: the value. If it is invalid, the function adds at least one problem and returns `nil`.
    /// - Throws: `JSONError` if the text is not JSON. The reader cannot continue after that.
    static func decode(from json: inout JSONReader, problems: inout ValidationProblems) throws(JSONError) -> Self?
}

/// A value that can be encoded as JSON.
public protocol JSONEncodable: Sendable {
    /// Writes the value as JSON.
    func encode(to json: inout JSONWriter)
}

extension JSONEncodable {
    /// The value as JSON in UTF-8.
    ///
    /// - Parameter direction: the direction of the message, if members that only the other direction has (`readOnly`,
    ///   `writeOnly`) must be left out.
    public func jsonBytes(for direction: JSONWriter.Direction? = nil) -> [UInt8] {
        JSONWriter.bytes(for: direction) { encode(to: &$0) }
    }
}

/// Decodes any value. It refuses numbers beyond the range of an IEEE double at any depth: RFC 8259 §6 calls all numbers
/// within that range interoperable.
extension JSONValue: JSONDecodable, JSONEncodable {
    /// Decodes any value with its exact text. A number beyond the range of a double adds a problem.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> JSONValue? {
        let value = try json.readValue()
        let mark = problems.mark
        value.addNumbersOutOfRange(&problems)
        return problems.foundNone(since: mark) ? value : nil
    }

    /// Writes the exact text of the value.
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
            if try !json.skipNumber() {
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
    /// The bytes that `write` writes.
    public static func bytes(
        for direction: Direction? = nil, _ write: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.direction = direction
        write(&json)
        return json.finish()
    }
}
