import ContractJSON
import Testing

@Suite struct JSONTextTests {
    /// A text in UTF-16 or UTF-32.
    private static func encode<Unit: FixedWidthInteger>(_ units: some Sequence<Unit>, isBigEndian: Bool) -> [UInt8] {
        units.flatMap { unit in withUnsafeBytes(of: isBigEndian ? unit.bigEndian : unit.littleEndian) { Array($0) } }
    }

    @Test("UTF-8, UTF-16 and UTF-32 are read, with and without a byte order mark", arguments: ["", "\u{FEFF}"])
    func encodings(mark: String) throws {
        for text in ["1", "12", "[]", #"{"é":"🙈"}"#, #""ab""#, "  true\n", #"["日本語"]"#] {
            let marked = mark + text
            let scalars = marked.unicodeScalars.map(\.value)
            #expect(try JSONText.utf8(Array(marked.utf8)) == Array(text.utf8))
            for isBigEndian in [true, false] {
                let utf16 = Self.encode(marked.utf16, isBigEndian: isBigEndian)
                #expect(try JSONText.utf8(utf16) == Array(text.utf8), "\(text), big endian: \(isBigEndian)")
                let utf32 = Self.encode(scalars, isBigEndian: isBigEndian)
                #expect(try JSONText.utf8(utf32) == Array(text.utf8), "\(text), big endian: \(isBigEndian)")
            }
        }
    }

    @Test("Text with an invalid encoding is refused with the offset of the first fault")
    func broken() {
        let half: [UInt8] = [0xFF, 0xFE, 0x22, 0x00, 0x22]
        let loneSurrogate: [UInt8] = [0xFE, 0xFF, 0x00, 0x22, 0xD8, 0x00, 0x00, 0x22]
        let beyondUnicode: [UInt8] = [0x00, 0x00, 0x00, 0x22, 0x00, 0x11, 0x00, 0x00]
        for (bytes, offset) in [(half, 2), (loneSurrogate, 1), (beyondUnicode, 1)] {
            let error = #expect(throws: JSONError.self) { try JSONText.utf8(bytes) }
            #expect(error?.message.hasPrefix("invalid UTF-") == true)
            if bytes != half { #expect(error?.offset == offset) }
        }
        // The reader checks UTF-8, not this function.
        #expect(throws: Never.self) { try JSONText.utf8([0x22, 0xFF, 0x22]) }
        #expect(throws: Never.self) { try JSONText.utf8([]) }
    }

    @Test("Long text is shortened in its middle, between characters")
    func shortened() {
        #expect("abc".shortened(to: 3) == "abc")
        #expect(String(repeating: "a", count: 256).shortened() == String(repeating: "a", count: 256))
        #expect("abcdefghijkl".shortened(to: 9) == "abc…jkl")
        for text in [
            String(repeating: "é", count: 500), String(repeating: "🙈", count: 500),
            "a" + String(repeating: "日", count: 500),
        ] {
            for limit in 3...40 {
                let short = text.shortened(to: limit)
                #expect(short.utf8.count <= limit && short.contains("…") && !short.contains("\u{FFFD}"))
            }
        }
    }

    @Test(
        "The reader reports whether a skipped number is within the range of a double",
        arguments: [
            "0", "-0", "1", "1e308", "1e309", "1e400", "-1e400", "1.7976931348623157e308", "1.7976931348623159e308",
            "0.001e311", "0.001e312", "0e999", "0.0e99999999999999999999", "1e-99999", "1E+308", "1E+309",
            "1e99999999999999999999", String(repeating: "9", count: 308), String(repeating: "9", count: 309),
            String(repeating: "1", count: 309), "1" + String(repeating: "0", count: 400) + "e-200",
            "0." + String(repeating: "0", count: 400) + "1e700", "0." + String(repeating: "0", count: 400) + "1e710",
        ])
    func skippedNumbers(text: String) throws {
        var json = JSONReader(Array("[\(text)]".utf8))
        try json.beginArray()
        #expect(try json.nextElement())
        #expect(try json.skipNumber() == JSONNumber(text)?.isRepresentableAsDouble)
        #expect(try !json.nextElement())
        try json.finish()
    }

    @Test("A reader reads several values from one text")
    func several() throws {
        var json = JSONReader(Array("1\n[2] {} ".utf8))
        var texts: [String] = []
        while !json.isAtEnd() { texts.append(try json.readValue().text) }
        #expect(texts == ["1", "[2]", "{}"])
    }
}
