import ContractGenerator
import Foundation
import Testing

@Suite struct KeywordTableTests {
    @Test("docs/generator/keywords.md has the table that the generator makes")
    func page() throws {
        let file = GeneratorTests.root.appending(path: "docs/generator/keywords.md")
        if ProcessInfo.processInfo.environment["UPDATE_REFERENCES"] != nil {
            try Data(KeywordTable.markdown.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == KeywordTable.markdown)
    }

    @Test("Each keyword is refused, accepted or reported with a warning, as the table says", arguments: Self.rows)
    func row(keyword: String, treatment: String) throws {
        let value = try #require(Self.values[keyword], "a keyword without a case here")
        let document =
            GeneratorTests.document(schema: "{\(keyword): \(value)}") + Array("\n    Other: {type: string}".utf8)
        let result = Generator.generate(document, file: "test.yaml")
        #expect((result.files == nil) == (treatment == "refused"), "\(result.diagnostics)")
    }

    private static let rows: [(String, String)] = KeywordTable.markdown.split(separator: "\n").compactMap { line in
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count >= 2, let treatment = cells.dropFirst().first, cells[0].hasPrefix("`"),
            ["annotation", "typed", "validated", "ignored", "refused"].contains(treatment)
        else { return nil }
        return (String(cells[0].dropFirst().dropLast()), treatment)
    }

    /// A value for each keyword that a schema without a type may have.
    private static let values: [String: String] = [
        "$ref": "'#/components/schemas/Other'", "type": "string", "nullable": "true", "enum": "[a]", "const": "a",
        "minimum": "1", "maximum": "1", "exclusiveMinimum": "1", "exclusiveMaximum": "1", "multipleOf": "1",
        "minLength": "1", "maxLength": "1", "pattern": "a", "format": "date", "items": "{type: string}",
        "minItems": "1",
        "maxItems": "1", "uniqueItems": "true", "prefixItems": "[{type: string}]", "contains": "{type: string}",
        "minContains": "1", "maxContains": "1", "unevaluatedItems": "false", "properties": "{a: {type: string}}",
        "required": "[a]", "additionalProperties": "false", "propertyNames": "{pattern: a}", "minProperties": "1",
        "maxProperties": "1", "patternProperties": "{a: {type: string}}", "dependentRequired": "{a: [b]}",
        "dependentSchemas": "{a: {required: [b]}}", "unevaluatedProperties": "false", "allOf": "[{type: string}]",
        "oneOf": "[{type: string}, {type: integer}]", "anyOf": "[{type: string}, {type: integer}]",
        "discriminator": "{propertyName: a}", "not": "{type: string}", "if": "{type: string}", "then": "{minLength: 1}",
        "else": "{minimum: 1}", "title": "a", "description": "a", "default": "1", "deprecated": "true",
        "readOnly": "true",
        "writeOnly": "true", "example": "1", "examples": "[1]", "externalDocs": "{url: 'https://example.com'}",
        "xml": "{}",
        "$comment": "a", "$schema": "'https://json-schema.org/draft/2020-12/schema'", "$defs": "{a: {type: string}}",
        "contentEncoding": "base64", "contentMediaType": "text/plain", "contentSchema": "{type: string}",
        "$id": "'https://example.com/'", "$anchor": "a", "$dynamicRef": "'#a'", "$dynamicAnchor": "a",
        "$vocabulary": "{}",
    ]
}
