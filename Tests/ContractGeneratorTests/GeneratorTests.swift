import ContractGenerator
import ContractYAML
import Foundation
import Testing

@Suite struct GeneratorTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("The project's own contract is accepted without diagnostics, and the output is deterministic")
    func contract() throws {
        let text = Array(try Data(contentsOf: Self.root.appending(path: "openapi.yaml")))
        let first = Generator.generate(text, file: "openapi.yaml")
        #expect(first.diagnostics == [])
        #expect(first.files?.count == 10)
        #expect(first.files == Generator.generate(text, file: "openapi.yaml").files)
    }

    @Test("All example documents of the OpenAPI Initiative and of others are accepted")
    func examples() throws {
        let folder = Self.root.appending(path: "Tests/ContractGeneratorTests/Documents")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
        #expect(files.count == 10)
        for file in files {
            let result = Generator.generate(Array(try Data(contentsOf: file)), file: file.lastPathComponent)
            #expect(result.files != nil, "\(result.diagnostics.filter { $0.severity == .error }.map(\.description))")
        }
    }

    @Test("In OpenAPI 3.0, keywords beside '$ref' other than 'nullable' are ignored with a warning")
    func siblingsOfReferences() {
        let schema =
            "{type: object, properties: {a: {$ref: '#/components/schemas/Text', nullable: true, x-b: 1}, b: {$ref: '#/components/schemas/Text', title: a}}}\n    Text: {type: string}"
        let document = String(decoding: Self.document(schema: schema), as: UTF8.self)
        let old = Generator.generate(Array(document.replacing("3.1.0", with: "3.0.3").utf8), file: "test.yaml")
        #expect(
            old.diagnostics.map(\.description) == [
                "test.yaml:10:79: warning: 'nullable' beside '$ref' has no effect in OpenAPI 3.0 without 'type'; it is read as if it had",
                "test.yaml:10:143: warning: 'title' beside '$ref' has no effect in OpenAPI 3.0; 'allOf' has both",
            ])
        #expect(Generator.generate(Array(document.utf8), file: "test.yaml").diagnostics == [])
    }

    /// A document with one operation and with a parameter of this schema.
    static func document(schema: String) -> [UInt8] {
        Array(
            """
            openapi: 3.1.0
            info: {title: Test, version: "1"}
            paths:
              /things:
                get:
                  operationId: listThings
                  responses: {"204": {description: none}}
            components:
              schemas:
                Thing: \(schema)
            """.utf8)
    }

    @Test(
        "Invalid schemas are refused with a position",
        arguments: [
            ("{type: string, minLength: -1}", "test.yaml:10:38: error: expecting a whole number that is not negative"),
            ("{type: string, type: string}", "test.yaml:10:27: error: the key stands at line 10 already"),
            (
                "{type: integer, multipleOf: 0}",
                "test.yaml:10:28: error: 'multipleOf' is a positive number of 18 digits at most, not 0"
            ),
            (
                "{$ref: '#/components/schemas/Thing'}",
                "test.yaml:10:19: error: the reference leads back to itself"
            ),
            (
                "{allOf: [{$ref: '#/components/schemas/Thing'}]}",
                "test.yaml:10:12: error: the schema refers to itself and says nothing else"
            ),
            (
                "{allOf: [{$ref: '#/components/schemas/Thing'}, {type: object}]}",
                "test.yaml:10:12: error: the schema 'Thing' is a part of itself"
            ),
            (
                "{oneOf: [{allOf: [{$ref: '#/components/schemas/Thing'}, {type: object}]}]}",
                "test.yaml:10:21: error: the schema goes more than 100 levels deep"
            ),
            (
                "{$dynamicRef: '#a'}",
                "test.yaml:10:13: error: the keyword '$dynamicRef' is not supported: a type cannot depend on where a schema is referred to from"
            ),
        ])
    func refusal(schema: String, message: String) {
        expectRefusal(schema, message)
    }

    @Test(
        "Schemas that probably do not mean what they say get a warning",
        arguments: [
            ("{type: string, format: colour}", "test.yaml:10:27: warning: the format 'colour' is not checked"),
            (
                "{type: string, minimum: 1}",
                "test.yaml:10:27: warning: 'minimum' says nothing about values of the type string"
            ),
            (
                "{properties: {a: {type: string}}}",
                "test.yaml:10:13: warning: 'properties' without a 'type' is read as with 'type: object', so that other values are refused"
            ),
            (
                "{$id: 'https://example.com/'}",
                "test.yaml:10:13: warning: the keyword '$id' has no effect: references find schemas by their paths in documents"
            ),
            (
                "{type: object, properties: {a: {type: string, required: true}}}",
                "test.yaml:10:58: warning: 'required' of a schema is a list of names, and has no effect as a boolean"
            ),
            ("{type: text}", "test.yaml:10:19: warning: 'text' is no type of JSON Schema, and has no effect"),
            ("{oneOf: []}", "test.yaml:10:20: warning: a list of schemas has one at least; this one counts as absent"),
            (
                "{type: string, maxLength: '9'}",
                "test.yaml:10:38: warning: expecting a number, not a string, which counts as the number 9"
            ),
            (
                "{type: object, properties: {a: {type: string, readOnly: 'true'}}}",
                "test.yaml:10:68: warning: expecting true or false, not a string, which counts as true"
            ),
            (
                "{type: object, discriminator: kind, properties: {kind: {type: string}}}",
                "test.yaml:10:42: warning: a discriminator is an object, and 'kind' counts as its 'propertyName'"
            ),
            ("{type: [string, string]}", "test.yaml:10:28: warning: the type 'string' stands here twice"),
            (
                "{type: string, pattern: '(?=a)'}",
                "test.yaml:10:27: warning: the pattern is not checked: look-ahead is not supported"
            ),
            (
                "{not: {type: string, pattern: '(?=a)'}}",
                "test.yaml:10:33: warning: the pattern is not checked: look-ahead is not supported"
            ),
            (
                "{type: integer, enum: [a]}",
                "test.yaml:10:28: warning: no value is valid here; the other keywords are not checked"
            ),
            (
                "{type: string, maxLength: 1, const: ab}",
                "test.yaml:10:41: warning: no value is valid here; the other keywords are not checked"
            ),
            (
                "{allOf: [{type: string}, {type: integer}]}",
                "test.yaml:10:12: warning: no value is of all the types that are asked for here; any value is taken"
            ),
            (
                "{allOf: [{enum: [a]}, {enum: [b]}]}",
                "test.yaml:10:12: warning: no value is in all the 'enum's that count here; any value is taken"
            ),
            (
                "{oneOf: [{type: string}, {type: string}]}",
                "test.yaml:10:37: warning: the alternative of 'oneOf' repeats one before it"
            ),
            (
                "{type: object, properties: {a: {type: integer, default: a}}}",
                "test.yaml:10:59: warning: the default \"a\" does not fit the schema, and is left out"
            ),
            (
                "{oneOf: [{type: object, required: [b], properties: {a: {type: string}, b: {type: string}}}, {type: object, required: [c], properties: {c: {type: string}}}], discriminator: {propertyName: a}}",
                "test.yaml:10:21: warning: the discriminator is not used: this alternative is no component, and has no constant 'a'"
            ),
            (
                "{oneOf: [{type: object, properties: {a: {const: b}, c: {type: string}}}, {type: object, properties: {a: {const: b}}}], discriminator: {propertyName: a}}",
                "test.yaml:10:85: warning: 'b' as 'a' stands for an alternative before this one already; the other members decide"
            ),
            (
                "{oneOf: [{type: object, properties: {a: {const: b}}}, {type: object, properties: {a: {const: c}}}], discriminator: {propertyName: a, mapping: {d: Thing}}}",
                "test.yaml:10:158: warning: 'd' stands for Thing, which is not among the alternatives"
            ),
        ])
    func warning(schema: String, message: String) {
        let result = Generator.generate(Self.document(schema: schema), file: "test.yaml")
        #expect(result.files != nil)
        #expect(result.diagnostics.map(\.description) == [message])
    }

    private func expectRefusal(_ schema: String, _ message: String) {
        let result = Generator.generate(Self.document(schema: schema), file: "test.yaml")
        #expect(result.files == nil)
        #expect(result.diagnostics.map(\.description).contains(message), "\(result.diagnostics.map(\.description))")
    }
}
