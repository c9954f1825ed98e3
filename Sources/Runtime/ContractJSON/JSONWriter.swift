/// Writes JSON into bytes. The writer adds commas and colons. The caller must close everything that it opens.
public struct JSONWriter: Sendable {
    /// The direction of a message.
    public enum Direction: Sendable, Hashable {
        case request
        case response
    }

    /// The bytes that have been written so far.
    public private(set) var bytes: [UInt8] = []
    /// The direction of the message, if it is known. Values may omit members that do not belong to it.
    public var direction: Direction?
    /// Whether the next value or key is the first in its array or object, or the next value belongs to a key.
    private var needsNoComma = true

    /// Creates a writer without content.
    ///
    /// - Parameter capacity: the number of bytes for which to allocate memory at once.
    public init(reservingCapacity capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// Returns the bytes.
    public consuming func finish() -> [UInt8] { bytes }

    /// Begins an object. Write names with `key`, each followed by its value.
    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// Ends the object that was begun last.
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    /// Begins an array. Write its elements as values.
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// Ends the array that was begun last.
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a member's name that needs no escaping.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsNoComma = true
    }

    /// Writes a member's name.
    @_disfavoredOverload
    public mutating func key(_ name: String) {
        write(name)
        bytes.append(UInt8(ascii: ":"))
        needsNoComma = true
    }

    /// Writes a string in UTF-8, and escapes only what must be escaped (RFC 8259 §7).
    public mutating func write(_ string: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { utf8 in
            var start = 0
            for index in 0..<utf8.count
            where utf8[index] < 0x20 || utf8[index] == UInt8(ascii: "\"") || utf8[index] == UInt8(ascii: "\\") {
                bytes.append(contentsOf: utf8[start..<index])
                escape(utf8[index])
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes an integer.
    public mutating func write(_ int: Int) { writeRaw(String(int).utf8) }
    /// Writes an unsigned integer.
    public mutating func write(_ integer: UInt64) { writeRaw(String(integer).utf8) }
    /// Writes `true` or `false`.
    public mutating func write(_ bool: Bool) { writeRaw((bool ? "true" : "false").utf8) }
    /// Writes `null`.
    public mutating func writeNull() { writeRaw("null".utf8) }

    /// Writes a finite number in the shortest form that reads as the same number. Infinity and NaN become `null`, because JSON has neither.
    public mutating func write(_ double: Double) {
        double.isFinite ? writeRaw("\(double)".utf8) : writeNull()
    }

    /// Writes a value by its exact text.
    public mutating func write(_ value: JSONValue) { writeRaw(value.bytes) }

    /// Writes one value that is already JSON text.
    public mutating func writeRaw(_ value: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
    }

    private mutating func separate() {
        if needsNoComma { needsNoComma = false } else { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsNoComma = true
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsNoComma = false
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default: bytes.append(contentsOf: JSONWriter.hexEscape(UInt16(byte)).utf8.dropFirst())
        }
    }

    private static func hexEscape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// The JSON text of a string in ASCII: all other characters are escaped as UTF-16 code units in lower case (`\u00e9`).
    public static func asciiString(_ string: String) -> String {
        var json = JSONWriter()
        json.write(string)
        var text = ""
        for scalar in String(decoding: json.finish(), as: UTF8.self).unicodeScalars {
            if scalar.isASCII {
                text.unicodeScalars.append(scalar)
            } else {
                for unit in UTF16.encode(scalar) ?? UTF16.EncodedScalar() { text += hexEscape(unit) }
            }
        }
        return text
    }
}
