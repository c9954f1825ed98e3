import ContractGenerator
// Texts of a document stay text: emitted Swift differs from the Swift for a harmless text only in comments and literals.
import Fuzzing
import SwiftParser
import SwiftSyntax

/// A document with a text in all places for texts that are not names.
func document(of text: String) -> [UInt8] {
    let text = text.jsonLiteral
    let string = #"{"type": "string", "description": \#(text), "default": \#(text)}"#
    let schema = """
        {"type": "object", "title": \(text), "description": \(text), "deprecated": true, "required": ["c"], "properties": {
            "a": {"type": "object", "description": \(text), "additionalProperties": {"type": "string"}, "default": {"k": \(text)}},
            "b": {"not": {"const": \(text)}}, "c": {"const": \(text), "description": \(text)}, "d": {"type": "string", "pattern": \(text)}}}
        """
    return Array(
        """
        {"openapi": "3.1.0", "info": {"title": \(text), "version": "1"}, "tags": [{"name": "things", "description": \(text)}],
        "servers": [{"url": "https://example.com", "description": \(text)}],
        "paths": {"/a": {"post": {"operationId": "a", "summary": \(text), "description": \(text), "tags": ["things"],
            "security": [{"k": []}], "parameters": [{"name": "q", "in": "query", "description": \(text), "schema": \(string)}],
            "requestBody": {"description": \(text), "content": {"multipart/form-data": {"schema": {"type": "object",
                "properties": {"p": \(string)}}}}},
            "responses": {"200": {"description": \(text), "headers": {"H": {"description": \(text), "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": \(schema)}}}}}}},
        "components": {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X", "description": \(text)}},
            "schemas": {"A": \(schema)}}}
        """.utf8)
}

/// A document with a text in all places for names.
func document(named text: String) -> [UInt8] {
    let text = text.jsonLiteral
    return Array(
        """
        {"openapi": "3.1.0", "info": {"title": "a", "version": "1"},
        "paths": {"/a": {"post": {"operationId": \(text), "tags": [\(text)], "parameters": [
            {"name": \(text), "in": "query", "schema": {"type": "string", "enum": [\(text), "other"]}}],
            "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {\(text): {"type": "string"}}}}}},
            "responses": {"200": {"description": "a", "content": {"application/json": {"schema": {"oneOf": [
                {"type": "object", "title": \(text), "required": ["a"], "properties": {"a": {"const": \(text)}}}, {"type": "string"}]}}}}}}}},
        "components": {"schemas": {"A": {"type": "string", "enum": [\(text), "a", "A", "a_"]}}}}
        """.utf8)
}

extension String {
    /// The text in JSON, in ASCII.
    var jsonLiteral: String {
        var literal = "\""
        for unit in utf16 {
            if (0x20...0x7E).contains(unit), unit != 0x22, unit != 0x5C, let scalar = Unicode.Scalar(unit) {
                literal.unicodeScalars.append(scalar)
            } else {
                let digits = String(unit, radix: 16)
                literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return literal + "\""
    }
}

/// The tokens of Swift code without the contents of comments and literals.
func tokens(_ swift: String) -> [String] {
    let tree = Parser.parse(source: swift)
    expect(!tree.hasError, "the emitted code is not valid Swift: \(swift)")
    return tree.tokens(viewMode: .sourceAccurate).compactMap { token in
        switch token.tokenKind {
        case .stringSegment, .rawStringPoundDelimiter: nil
        default: token.text
        }
    }
}

/// The emitted files; `nil` if the generator refuses the document.
func emitted(_ document: [UInt8]) -> [Generator.File]? {
    Generator.generate(document, file: "openapi.json").files
}

let harmless = emitted(document(of: "x"))?.filter { $0.name != "Patterns.swift" }.map { tokens($0.text) }

fuzz { input in
    guard let text = String(validating: input, as: UTF8.self), !text.isEmpty else { return }
    // The generator omits a pattern that is not supported, so the code would differ.
    if let files = emitted(document(of: text.replacing("\\", with: "").filter { !"[](){}*+?^$|.".contains($0) })) {
        let found = files.filter { $0.name != "Patterns.swift" }.map { tokens($0.text) }
        expect(found == harmless, "the text changes the code")
    }
    if let files = emitted(document(of: text)) { for file in files { _ = tokens(file.text) } }
    if let files = emitted(document(named: text)) { for file in files { _ = tokens(file.text) } }
}
