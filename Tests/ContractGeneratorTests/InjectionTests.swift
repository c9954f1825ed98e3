import ContractGenerator
import Foundation
import Testing

/// Texts of a document remain texts, whatever they contain. Outside of comments and literals, the emitted Swift is the
/// same as with harmless texts.
@Suite struct InjectionTests {
    static let hostileTexts: [String] = [
        "a\rlet planted = 1", "a\r\nlet planted = 1", "a\nlet planted = 1", "a\u{2028}let planted = 1",
        "a\u{2029}let planted = 1", "a\u{85}b\u{B}c\u{C}d", "a\0b\u{1B}c\u{7F}", "*/ let planted = 1 /*",
        "\"\"\"# let planted = 1",
        "\"# let planted = 1 //", "\" + planted + \"", "\\(planted)", "\\#(planted)\\##(planted)", "\\", "\"", "\"\"",
        "#\"", "`",
        "\u{202E}a\u{2066}b\u{200F}c\u{FEFF}", "///", "\u{301}", "é\u{200D}",
    ]

    /// A document that contains the text at every place where a text is allowed.
    private static func document(_ text: String) throws -> [UInt8] {
        let string: [String: Any] = ["type": "string", "description": text, "default": text]
        let schema: [String: Any] = [
            "type": "object", "title": text, "description": text, "deprecated": true, "required": ["c"],
            "properties": [
                "c": ["const": text, "description": text], "b": ["not": ["const": text]],
                "a": [
                    "type": "object", "description": text, "additionalProperties": ["type": "string"],
                    "default": ["k": text],
                ],
            ],
        ]
        let operation: [String: Any] = [
            "operationId": "a", "summary": text, "description": text, "tags": ["things"],
            "security": [["k": [String]()]],
            "parameters": [["name": "q", "in": "query", "description": text, "schema": string]],
            "requestBody": [
                "description": text,
                "content": ["multipart/form-data": ["schema": ["type": "object", "properties": ["p": string]]]],
            ],
            "responses": [
                "200": [
                    "description": text, "headers": ["H": ["description": text, "schema": ["type": "string"]]],
                    "content": ["application/json": ["schema": schema]],
                ]
            ],
        ]
        let document: [String: Any] = [
            "openapi": "3.1.0", "info": ["title": text, "version": "1"],
            "tags": [["name": "things", "description": text]],
            "servers": [["url": "https://a/" + text.filter { $0 != "{" }, "description": text]],
            "paths": ["/a": ["post": operation]],
            "components": [
                "securitySchemes": ["k": ["type": "apiKey", "in": "header", "name": "X", "description": text]],
                "schemas": ["A": schema],
            ],
        ]
        // YAML does not allow all of these characters unescaped, and treats some of them as line ends.
        let json = String(
            decoding: try JSONSerialization.data(withJSONObject: document, options: .sortedKeys), as: UTF8.self)
        let escaped = json.utf16.map { unit in
            (0x20...0x7E).contains(unit)
                ? String(UnicodeScalar(UInt8(unit))) : "\\u" + String(Int(unit) + 0x1_0000, radix: 16).suffix(4)
        }
        return Array(escaped.joined().utf8)
    }

    private static func code(_ text: String) throws -> [String] {
        let result = Generator.generate(try document(text), file: "test.json")
        let files = try #require(result.files, "\(result.diagnostics.map(\.description))")
        return files.map { strippedOfTexts($0.text) }
    }

    /// Swift without comments, and without the contents and the number signs of string literals.
    static func strippedOfTexts(_ swift: String) -> String {
        var result = ""
        var rest = Array(swift.unicodeScalars)[...]
        while let scalar = rest.first {
            if rest.starts(with: "//".unicodeScalars) {
                rest = rest.drop { $0 != "\n" && $0 != "\r" }
                continue
            }
            let pounds = rest.prefix { $0 == "#" }
            guard rest.dropFirst(pounds.count).first == "\"" else {
                result.unicodeScalars.append(scalar)
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(pounds.count + 1)
            let end = ["\""] + pounds
            while !rest.isEmpty, !rest.starts(with: end) {
                // An interpolation is code.
                if rest.starts(with: ["\\"] + pounds + ["("]) { result += "interpolation" }
                rest = rest.dropFirst(rest.starts(with: ["\\"] + pounds) ? pounds.count + 2 : 1)
            }
            rest = rest.dropFirst(end.count)
            result += "\"\""
        }
        return result.split { $0 == "\n" || $0 == " " }.joined(separator: "\n")
    }

    @Test("Hostile texts in a document change only comments and literals of the emitted code", arguments: hostileTexts)
    func oneText(text: String) throws {
        let harmless = try Self.code("x")
        let hostile = try Self.code(text)
        for (one, other) in zip(harmless, hostile) { #expect(one == other) }
        #expect(!hostile.joined().contains("planted"))
    }

    @Test("Random texts in a document change only comments and literals of the emitted code")
    func randomTexts() throws {
        let pieces = [
            "\r", "\n", "\u{2028}", "\0", "*/", "/*", "//", "\"", "\"\"\"", "#", "\\", "(", ")", "a", " ", "\u{202E}",
        ]
        let harmless = try Self.code("x")
        for seed in 0..<60 {
            let text = "x" + (0..<12).map { pieces[(seed * 31 + $0 * $0 * 7 + seed * $0) % pieces.count] }.joined()
            #expect(try Self.code(text) == harmless, "\(text.debugDescription)")
        }
    }
}
