/// Writes JSON into bytes. Commas and colons are placed by the writer; what is opened must be closed by the caller.
public struct JSONWriter: Sendable {
    /// Where a message goes.
    public enum Direction: Sendable, Hashable {
        case request
        case response
    }

    public private(set) var bytes: [UInt8] = []
    /// Where the message that is written goes, if that is known: values may leave out members that are none of its.
    public var direction: Direction?
    /// Whether the next value or key stands first in its array or object, or is a member's value.
    private var needsNoComma = true

    public init(reservingCapacity capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// Hands the bytes over.
    public consuming func finish() -> [UInt8] { bytes }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a member's name that needs no escapes.
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

    /// Writes a string in UTF-8, escaping only what must be (RFC 8259 §7).
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

    public mutating func write(_ int: Int) { writeRaw(String(int).utf8) }
    public mutating func write(_ bool: Bool) { writeRaw((bool ? "true" : "false").utf8) }
    public mutating func writeNull() { writeRaw("null".utf8) }

    /// Writes a finite number in its shortest form that reads back the same; JSON has no others, so that these are `null`.
    public mutating func write(_ double: Double) {
        double.isFinite ? writeRaw("\(double)".utf8) : writeNull()
    }

    /// Writes a value by its exact text.
    public mutating func write(_ value: JSONValue) { writeRaw(value.bytes) }

    /// Writes one value that is JSON text already.
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

    /// The JSON text of a string in ASCII: all else is escaped as UTF-16 code units in lower case (`\u00e9`).
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
