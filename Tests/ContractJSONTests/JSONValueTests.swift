import ContractJSON
import Testing

@Suite struct JSONValueTests {
    @Test(
        "An error has the byte, line and column of the fault",
        arguments: [
            ("", 0, 1, 1), ("[1,\n 2 3]", 7, 2, 4), ("{\"a\":\"\\ud800\"}", 6, 1, 7), ("[1] x", 4, 1, 5),
            ("\u{FEFF}1", 0, 1, 1),
            ("\"a\nb\"", 2, 1, 3), ("01", 1, 1, 2), ("[1,]", 3, 1, 4),
        ])
    func position(text: String, offset: Int, line: Int, column: Int) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect((error.offset, error.line, error.column) == (offset, line, column))
    }

    @Test("128 levels of nesting are read, and 129 are refused")
    func depth() throws {
        _ = try JSONValue(parsing: String(repeating: "[", count: 128) + String(repeating: "]", count: 128))
        #expect(throws: JSONError.self) {
            try JSONValue(parsing: String(repeating: "[", count: 129) + String(repeating: "]", count: 129))
        }
    }

    @Test(
        "Numbers compare by their exact decimal value",
        arguments: [
            ("1", "1.0", true), ("10e-1", "1", true), ("-0", "0.0", true), ("1e2", "100", true), ("true", "1", false),
            ("123456789012345678901234567890", "123456789012345678901234567891", false),
            ("123456789012345678901234567890", "12345678901234567890123456789e1", true), ("1e400", "1e401", false),
            ("1e999999999999999999999", "2e999999999999999999999", false),
        ])
    func numbers(left: String, right: String, areEqual: Bool) throws {
        #expect((try JSONValue(parsing: left) == JSONValue(parsing: right)) == areEqual)
    }

    @Test("Objects are equal in any order of members, and the last member of a repeated name counts")
    func objects() throws {
        let value = try JSONValue(parsing: #"{"a":1,"b":[true,null]}"#)
        #expect(value == (try JSONValue(parsing: #"{ "b": [true, null], "a": 2, "a": 1.0 }"#)))
        #expect(value != (try JSONValue(parsing: #"{"a":1,"b":[null,true]}"#)))
        #expect(Set([value, try JSONValue(parsing: #"{"b":[true,null],"a":1e0}"#)]).count == 1)
    }

    @Test("A value keeps its original text exactly")
    func text() throws {
        let text = #"{"z": 1.0, "a": "\u00e9\ud83d\ude00/", "n": 123456789012345678901234567890}"#
        let value = try JSONValue(parsing: "  \(text)\n")
        #expect(value.text == text)
        guard case .object(let members) = value.content else { throw Mismatch() }
        #expect(members.map(\.key) == ["z", "a", "n"])
        #expect(members.map(\.value.text) == ["1.0", #""\u00e9\ud83d\ude00/""#, "123456789012345678901234567890"])
        guard case .string(let string) = members[1].value.content else { throw Mismatch() }
        #expect(string == "é😀/")
    }

    struct Mismatch: Error {}

    @Test(
        "Integers are converted exactly or not at all",
        arguments: [
            ("1.0", 1), ("-12e1", -120), ("9223372036854775807", .max), ("-9223372036854775808", .min), ("0e99", 0),
            ("9223372036854775808", nil), ("1.5", nil), ("1e30", nil),
        ] as [(String, Int?)])
    func integers(text: String, int: Int?) throws {
        #expect(try #require(JSONNumber(text)).int == int)
    }

    @Test(
        "Unsigned integers are converted exactly or not at all",
        arguments: [
            ("1.0", 1), ("0", 0), ("-0.0", 0), ("0e99", 0), ("18446744073709551615", .max),
            ("1844674407370955161.5e1", .max),
            ("18446744073709551616", nil), ("-1", nil), ("1.5", nil), ("1e30", nil),
        ] as [(String, UInt64?)])
    func unsignedIntegers(text: String, integer: UInt64?) throws {
        #expect(try #require(JSONNumber(text)).uint64 == integer)
    }

    @Test(
        "Numbers are representable as a double up to the largest double",
        arguments: [
            ("1e308", true), ("1.7976931348623157e308", true), ("1e309", false), ("1e400", false), ("1e-400", true),
            (String(repeating: "9", count: 309), false), (String(repeating: "9", count: 308), true),
        ])
    func range(text: String, isInRange: Bool) throws {
        #expect(try #require(JSONNumber(text)).isRepresentableAsDouble == isInRange)
    }

    @Test("The writer escapes strings, and its output parses to the same text")
    func writing() throws {
        var json = JSONWriter()
        json.beginObject()
        json.key("text")
        json.write("\"\\\u{0}\n\u{1F}é😀")
        json.key("list")
        json.beginArray()
        json.write(1)
        json.write(2.5)
        json.write(true)
        json.writeNull()
        json.beginObject()
        json.endObject()
        json.endArray()
        json.endObject()
        let text = String(decoding: json.finish(), as: UTF8.self)
        #expect(text == #"{"text":"\"\\\u0000\n\u001fé😀","list":[1,2.5,true,null,{}]}"#)
        #expect(try JSONValue(parsing: text).text == text)
        #expect(JSONWriter.asciiString("é😀\"") == #""\u00e9\ud83d\ude00\"""#)
    }
}
