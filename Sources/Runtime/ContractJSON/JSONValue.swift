/// One JSON value with its exact text, except for white space around it.
///
/// The text has been validated, and is parsed on demand. Values taken from a value share its storage.
public struct JSONValue: Sendable {
    let storage: [UInt8]
    let range: Range<Int>

    init(storage: [UInt8], range: Range<Int>) {
        self.storage = storage
        self.range = range
    }

    /// - Throws: `JSONError` if the text is not one JSON value.
    public init(parsing text: String, maximumDepth: Int = 128) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }

    /// - Throws: `JSONError` if the bytes are not one JSON value.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 128) throws(JSONError) {
        var reader = JSONReader(bytes, maximumDepth: maximumDepth)
        self = try reader.readValue()
        try reader.finish()
    }

    /// - Parameter write: must write exactly the value.
    public init(_ write: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        write(&json)
        let bytes = json.finish()
        self.init(storage: bytes, range: 0..<bytes.count)
    }

    /// A string.
    public init(_ string: String) { self.init { $0.write(string) } }
    /// An integer.
    public init(_ int: Int) { self.init { $0.write(int) } }
    /// `true` or `false`.
    public init(_ bool: Bool) { self.init { $0.write(bool) } }
    /// A number with its exact text.
    public init(_ number: JSONNumber) { self.init { $0.writeRaw(number.text.utf8) } }

    /// An array of values in their order.
    public init(array elements: some Sequence<JSONValue>) {
        self.init { json in
            json.beginArray()
            for element in elements { json.write(element) }
            json.endArray()
        }
    }

    /// An object of members in their order. Names may repeat.
    public init(object members: some Sequence<(key: String, value: JSONValue)>) {
        self.init { json in
            json.beginObject()
            for (key, value) in members {
                json.key(key)
                json.write(value)
            }
            json.endObject()
        }
    }

    /// The exact text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The exact text in UTF-8.
    public var bytes: ArraySlice<UInt8> { storage[range] }

    /// The kind of the value, which its first byte determines.
    public var kind: JSONKind {
        switch storage[range.lowerBound] {
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// The content of a value, one level deep.
    public enum Content: Sendable {
        case null
        case bool(Bool)
        case number(JSONNumber)
        case string(String)
        case array([JSONValue])
        /// The members in order. A name may be repeated.
        case object([(key: String, value: JSONValue)])
    }

    /// The content of the value. The work is linear in the length of the text.
    public var content: Content {
        var json = JSONReader(self)
        do {
            return try Self.content(&json)
        } catch {
            preconditionFailure("a JSONValue holds valid JSON: \(error)")
        }
    }

    private static func content(_ json: inout JSONReader) throws(JSONError) -> Content {
        switch try json.peek() {
        case .null: return .null
        case .bool: return .bool(try json.readBool())
        case .number: return .number(try json.readNumber())
        case .string: return .string(try json.readString())
        case .array:
            var elements: [JSONValue] = []
            try json.beginArray()
            while try json.nextElement() { elements.append(try json.readValue()) }
            return .array(elements)
        case .object:
            var members: [(key: String, value: JSONValue)] = []
            try json.beginObject()
            while let key = try json.nextKey() { members.append((key.string, try json.readValue())) }
            return .object(members)
        }
    }

    /// The same tokens without white space between them.
    public func compacted() -> JSONValue {
        var compact: [UInt8] = []
        compact.reserveCapacity(range.count)
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if byte <= UInt8(ascii: " ") {
                continue
            }
            compact.append(byte)
        }
        return JSONValue(storage: compact, range: 0..<compact.count)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The exact text.
    public var description: String { text }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `null`
    public init(nilLiteral: ()) { self.init { $0.writeNull() } }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self.init(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self.init(value) }
    /// A finite number. Infinity and NaN become `null`.
    public init(floatLiteral value: Double) { self.init { $0.write(value) } }
    /// A string.
    public init(stringLiteral value: String) { self.init(value) }
    /// An array of values in their order.
    public init(arrayLiteral elements: JSONValue...) { self.init(array: elements) }
    /// An object of members in their order. Names may repeat.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(object: elements.map { (key: $0.0, value: $0.1) })
    }
}
