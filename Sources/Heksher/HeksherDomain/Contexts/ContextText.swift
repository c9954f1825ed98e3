/// The reason why a text about contexts cannot be parsed, and the place.
public struct ContextTextError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The characters that should be there, or the reason why the present ones cannot: `expecting ':'`.
    public var message: String
    /// The number of characters (Unicode code points) before the one at which parsing fails.
    public var offset: Int

    /// Creates an error from its message and the offset in characters.
    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The message with the offset.
    public var description: String { "\(message) (offset \(offset))" }
}

/// Reads the parts of texts about contexts: names of features, and values that are bare or JSON strings.
///
/// A bare value contains none of `,` `(` `)` `"`, has no white space at its ends, and is not `*`. The work is linear in the text's length.
struct ContextTextScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    /// The number of characters that have been read.
    var offset: Int { offset(of: position) }

    /// The number of characters before a position.
    private func offset(of position: Int) -> Int {
        // Each character has one byte that does not continue another.
        bytes[..<position].count { $0 & 0xC0 != 0x80 }
    }

    /// The error at a position.
    private func failure(_ message: String, at position: Int) -> ContextTextError {
        ContextTextError(message: message, offset: offset(of: position))
    }

    func failure(_ message: String) -> ContextTextError { failure(message, at: position) }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(ContextTextError) {
        guard skip(character) else { throw failure("expecting '\(character)'") }
    }

    /// The name of a feature.
    mutating func name() throws(ContextTextError) -> String {
        let start = position
        while position < bytes.count, bytes[position].isWordCharacter { position += 1 }
        guard position > start else { throw failure("expecting the name of a context feature") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A value, bare or quoted.
    mutating func value() throws(ContextTextError) -> String {
        position < bytes.count && bytes[position] == UInt8(ascii: "\"") ? try quotedValue() : try bareValue()
    }

    mutating func bareValue() throws(ContextTextError) -> String {
        let start = position
        while position < bytes.count, !Self.endsBareValue(bytes[position]) { position += 1 }
        let value = bytes[start..<position]
        guard !value.isEmpty else { throw failure("expecting a value") }
        if value.elementsEqual("*".utf8) { throw failure("a value '*' must be in quotation marks", at: start) }
        guard value.count <= FeatureValue.maximumLength, value.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
            return try checked(value)
        }
        return String(decoding: value, as: UTF8.self)
    }

    private static func endsBareValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""): true
        default: false
        }
    }

    /// A bare value that has other characters than printable ASCII, or is long.
    private func checked(_ value: ArraySlice<UInt8>) throws(ContextTextError) -> String {
        let text = String(decoding: value, as: UTF8.self)
        var place = value.startIndex
        var length = 0
        // The place of the white space that the text may end with.
        var space: Int?
        for scalar in text.unicodeScalars {
            if scalar.isControlCharacter { throw failure("a value has no control characters", at: place) }
            if length == FeatureValue.maximumLength { throw failure(Self.tooLong, at: place) }
            if scalar.properties.isWhitespace {
                if length == 0 { throw failure(Self.spaceAtEnd, at: place) }
                space = space ?? place
            } else {
                space = nil
            }
            length += 1
            place += UTF8.width(scalar)
        }
        if let space { throw failure(Self.spaceAtEnd, at: space) }
        return text
    }

    private static let tooLong = "a value has at most \(FeatureValue.maximumLength) characters"
    private static let spaceAtEnd = "a value with white space at its ends must be in quotation marks"

    // MARK: Quoted values

    /// A value as a JSON string (RFC 8259 §7).
    private mutating func quotedValue() throws(ContextTextError) -> String {
        position += 1
        var value: [UInt8] = []
        var length = 0
        while true {
            guard position < bytes.count else { throw failure("expecting '\"'") }
            if bytes[position] == UInt8(ascii: "\"") { break }
            let start = position
            let scalar = bytes[position] == UInt8(ascii: "\\") ? try escape() : plainScalar()
            if scalar.isControlCharacter { throw failure("a value has no control characters", at: start) }
            if length == FeatureValue.maximumLength { throw failure(Self.tooLong, at: start) }
            length += 1
            value += UTF8.encode(scalar) ?? UTF8.EncodedScalar()
        }
        guard length > 0 else { throw failure("a value has at least one character") }
        position += 1
        return String(decoding: value, as: UTF8.self)
    }

    /// The next character as it stands.
    private mutating func plainScalar() -> Unicode.Scalar {
        var end = position + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        defer { position = end }
        return String(decoding: bytes[position..<end], as: UTF8.self).unicodeScalars.first ?? "\u{FFFD}"
    }

    /// The character that an escape stands for.
    private mutating func escape() throws(ContextTextError) -> Unicode.Scalar {
        let start = position
        position += 1
        guard position < bytes.count else { throw failure("expecting an escaped character") }
        let letter = bytes[position]
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            position += 1
            return Unicode.Scalar(letter)
        case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            throw failure("a value has no control characters", at: start)
        case UInt8(ascii: "u"):
            position += 1
            let first = try codeUnit()
            if let scalar = Unicode.Scalar(first) { return scalar }
            // A surrogate, which must be the first of a pair.
            guard UTF16.isLeadSurrogate(first), skip("\\"), skip("u") else {
                throw failure("a surrogate without its pair", at: start)
            }
            let second = try codeUnit()
            guard UTF16.isTrailSurrogate(second) else { throw failure("a surrogate without its pair", at: start) }
            let (high, low) = (UInt32(first & 0x3FF), UInt32(second & 0x3FF))
            return Unicode.Scalar(0x1_0000 + (high << 10 | low)) ?? "\u{FFFD}"
        default: throw failure("expecting an escaped character")
        }
    }

    /// Four hexadecimal digits.
    private mutating func codeUnit() throws(ContextTextError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw failure("expecting four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
