/// Reads JSON (RFC 8259) from bytes, token by token, in the order that the caller expects.
///
/// It is strict: no comments, no trailing commas, no byte order mark, no invalid UTF-8, no escaped lone surrogates. Everything consumed has
/// been validated. A copy continues at the original's position, which allows looking ahead.
///
/// ```swift
/// var json = JSONReader(body)
/// try json.beginObject()
/// while let key = try json.nextKey() {
///     switch key {
///     case "name": name = try json.readString()
///     default: try json.skip()
///     }
/// }
/// try json.finish()
/// ```
public struct JSONReader: Sendable {
    let bytes: [UInt8]
    let start: Int
    let end: Int
    var position: Int
    private let maximumDepth: Int
    private var depth = 0
    /// Whether the last token opened an array or an object, so that no comma may follow.
    private var isAfterOpening = false

    /// - Parameter maximumDepth: the maximum nesting of arrays and objects.
    public init(_ bytes: [UInt8], maximumDepth: Int = 128) {
        self.init(bytes, 0..<bytes.count, maximumDepth)
    }

    /// Reads a value again, without copying it.
    public init(_ value: JSONValue) {
        self.init(value.storage, value.range, .max)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>, _ maximumDepth: Int) {
        self.bytes = bytes
        self.start = range.lowerBound
        self.end = range.upperBound
        self.position = range.lowerBound
        self.maximumDepth = maximumDepth
    }

    /// The position in the bytes.
    package var offset: Int { position }

    func error(_ message: String, at offset: Int) -> JSONError {
        JSONError(message, at: offset, in: bytes[start..<end])
    }

    /// The next byte; 0 at the end, where no token begins.
    @inline(__always)
    var next: UInt8 { position < end ? bytes[position] : 0 }

    mutating func skipWhiteSpace() {
        while position < end {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    /// The kind of the next value, without consuming anything.
    public mutating func peek() throws(JSONError) -> JSONKind {
        skipWhiteSpace()
        switch next {
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw error("expecting a value", at: position)
        }
    }

    // MARK: Scalars

    /// Reads `null`.
    ///
    /// - Throws: ``JSONError`` if the next value is not `null`.
    public mutating func readNull() throws(JSONError) {
        skipWhiteSpace()
        try read("null", "expecting null")
    }

    /// Reads `true` or `false`.
    ///
    /// - Throws: ``JSONError`` if the next value is neither.
    public mutating func readBool() throws(JSONError) -> Bool {
        skipWhiteSpace()
        if next == UInt8(ascii: "t") {
            try read("true", "expecting true")
            return true
        }
        try read("false", "expecting a boolean")
        return false
    }

    private mutating func read(_ word: StaticString, _ message: String) throws(JSONError) {
        let count = word.utf8CodeUnitCount
        for index in 0..<count {
            guard position + index < end, bytes[position + index] == word.utf8Start[index] else {
                throw error(message, at: position)
            }
        }
        position += count
    }

    /// Reads a number with its exact text.
    ///
    /// - Throws: ``JSONError`` if the next value is not a number.
    public mutating func readNumber() throws(JSONError) -> JSONNumber {
        skipWhiteSpace()
        let start = position
        try scanNumber()
        return JSONNumber(validated: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    /// Reads a string and replaces its escapes.
    ///
    /// - Throws: ``JSONError`` if the next value is not a string.
    public mutating func readString() throws(JSONError) -> String {
        skipWhiteSpace()
        let (range, hasEscapes) = try scanString()
        return hasEscapes
            ? String(decoding: unescaped(range), as: UTF8.self) : String(decoding: bytes[range], as: UTF8.self)
    }

    // MARK: Whole values

    /// Reads a value of any kind, and keeps its text.
    public mutating func readValue() throws(JSONError) -> JSONValue {
        skipWhiteSpace()
        let start = position
        try skip()
        return JSONValue(storage: bytes, range: start..<position)
    }

    /// Consumes a value of any kind.
    public mutating func skip() throws(JSONError) {
        switch try peek() {
        case .null: try readNull()
        case .bool: _ = try readBool()
        case .number: try scanNumber()
        case .string: _ = try scanString()
        case .array:
            try beginArray()
            while try nextElement() { try skip() }
        case .object:
            try beginObject()
            while try nextKey() != nil { try skip() }
        }
    }

    /// Whether only white space is left. To read a text of several values, read one after the other until this is true.
    public mutating func isAtEnd() -> Bool {
        skipWhiteSpace()
        return position == end
    }

    /// Checks that only white space is left.
    public mutating func finish() throws(JSONError) {
        guard isAtEnd() else { throw error("expecting the end", at: position) }
    }

    // MARK: Arrays and objects

    /// Enters an object. Then call ``nextKey()`` until it returns `nil`.
    public mutating func beginObject() throws(JSONError) {
        try begin(UInt8(ascii: "{"), "expecting an object")
    }

    /// Enters an array. Then call ``nextElement()`` until it returns `false`.
    public mutating func beginArray() throws(JSONError) {
        try begin(UInt8(ascii: "["), "expecting an array")
    }

    private mutating func begin(_ bracket: UInt8, _ message: String) throws(JSONError) {
        skipWhiteSpace()
        guard next == bracket else { throw error(message, at: position) }
        guard depth < maximumDepth else { throw error("more than \(maximumDepth) levels", at: position) }
        depth += 1
        position += 1
        isAfterOpening = true
    }

    /// The name of the object's next member, whose value must be read next; `nil` at the end of the object.
    public mutating func nextKey() throws(JSONError) -> JSONKey? {
        guard try hasNext(before: UInt8(ascii: "}"), "expecting ',' or '}'") else { return nil }
        guard next == UInt8(ascii: "\"") else { throw error("expecting a member's name in quotes", at: position) }
        let (range, hasEscapes) = try scanString()
        skipWhiteSpace()
        guard next == UInt8(ascii: ":") else { throw error("expecting ':'", at: position) }
        position += 1
        guard hasEscapes else { return JSONKey(bytes: bytes, range: range) }
        let key = unescaped(range)
        return JSONKey(bytes: key, range: 0..<key.count)
    }

    /// Whether the array has another element, which must be read next; `false` at the end of the array.
    public mutating func nextElement() throws(JSONError) -> Bool {
        try hasNext(before: UInt8(ascii: "]"), "expecting ',' or ']'")
    }

    private mutating func hasNext(before bracket: UInt8, _ message: String) throws(JSONError) -> Bool {
        skipWhiteSpace()
        if next == bracket {
            position += 1
            depth -= 1
            isAfterOpening = false
            return false
        }
        if isAfterOpening {
            isAfterOpening = false
        } else {
            guard next == UInt8(ascii: ",") else { throw error(message, at: position) }
            position += 1
            skipWhiteSpace()
            if next == bracket { throw error("expecting a value", at: position) }
        }
        return true
    }
}
