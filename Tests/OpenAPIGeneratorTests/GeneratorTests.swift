import Foundation
import OpenAPIGenerator
import Testing
import YAML

@Suite struct GeneratorTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("The project's own contract is accepted, without a warning, and always gives the same files")
    func contract() throws {
        let text = Array(try Data(contentsOf: Self.root.appending(path: "openapi.yaml")))
        let first = Generator.generate(text, file: "openapi.yaml")
        #expect(first.diagnostics == [])
        #expect(first.files?.count == 10)
        #expect(first.files == Generator.generate(text, file: "openapi.yaml").files)
    }

    @Test("The example documents of the OpenAPI Initiative and others are accepted, each of them")
    func examples() throws {
        let folder = Self.root.appending(path: "Tests/OpenAPIGeneratorTests/Documents")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
        #expect(files.count == 10)
        for file in files {
            let result = Generator.generate(Array(try Data(contentsOf: file)), file: file.lastPathComponent)
            #expect(result.files != nil, "\(result.diagnostics.filter { $0.severity == .error }.map(\.description))")
        }
    }

    @Test("In OpenAPI 3.0 nothing counts beside a reference, and what stands there is warned of")
    func siblingsOfReferences() {
        let schema =
            "{type: object, properties: {a: {$ref: '#/components/schemas/Text', nullable: true, x-b: 1}}}\n    Text: {type: string}"
        let document = String(decoding: Self.document(schema: schema), as: UTF8.self)
        let old = Generator.generate(Array(document.replacing("3.1.0", with: "3.0.3").utf8), file: "test.yaml")
        #expect(
            old.diagnostics.map(\.description) == [
                "test.yaml:10:79: warning: 'nullable' beside '$ref' has no effect in OpenAPI 3.0; 'allOf' has both"
            ])
        #expect(Generator.generate(Array(document.utf8), file: "test.yaml").diagnostics == [])
    }

    /// A document of one operation with one parameter of a schema.
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
        "What cannot be is refused where it stands",
        arguments: [
            ("{type: text}", "test.yaml:10:19: error: 'text' is no type of JSON Schema"),
            ("{type: [string, string]}", "test.yaml:10:28: error: the type 'string' stands here twice"),
            (
                "{type: string, pattern: '(?=a)'}",
                "test.yaml:10:27: error: the pattern is not supported: look-ahead is not supported"
            ),
            (
                "{not: {pattern: '(?=a)'}}",
                "test.yaml:10:12: error: the pattern is not supported: look-ahead is not supported"
            ),
            ("{type: string, minLength: -1}", "test.yaml:10:38: error: expecting a whole number that is not negative"),
            ("{type: string, type: string}", "test.yaml:10:27: error: the key stands at line 10 already"),
            ("{oneOf: []}", "test.yaml:10:20: error: a list of schemas has one at least"),
            (
                "{type: integer, multipleOf: 0}",
                "test.yaml:10:28: error: 'multipleOf' is a positive number of 18 digits at most, not 0"
            ),
            ("{type: integer, enum: [a]}", "test.yaml:10:28: error: no value is valid here"),
            ("{type: string, maxLength: 1, const: ab}", "test.yaml:10:41: error: no value is valid here"),
            (
                "{allOf: [{type: string}, {type: integer}]}",
                "test.yaml:10:12: error: no value is of all the types that are asked for here"
            ),
            (
                "{allOf: [{enum: [a]}, {enum: [b]}]}",
                "test.yaml:10:12: error: no value is in all the 'enum's that count here"
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
            (
                "{$id: 'https://example.com/'}",
                "test.yaml:10:13: error: the keyword '$id' is not supported: schemas are found by their place"
            ),
            (
                "{oneOf: [{type: string}, {type: string}]}",
                "test.yaml:10:37: error: nothing tells this alternative of 'oneOf' from one before it: they take the same values"
            ),
            (
                "{type: object, properties: {a: {type: integer, default: a}}}",
                "test.yaml:10:59: error: the default \"a\" does not fit the schema"
            ),
            (
                "{oneOf: [{type: object, properties: {a: {type: string}}}, {type: object}], discriminator: {propertyName: a}}",
                "test.yaml:10:21: error: with a discriminator, an alternative is a component or has a constant 'a'"
            ),
            (
                "{oneOf: [{type: object, properties: {a: {const: b}}}, {type: object, properties: {a: {const: b}}}], discriminator: {propertyName: a}}",
                "test.yaml:10:66: error: 'b' as 'a' stands for an alternative before this one already"
            ),
            (
                "{oneOf: [{type: object, properties: {a: {const: b}}}, {type: object, properties: {a: {const: c}}}], discriminator: {propertyName: a, mapping: {d: Thing}}}",
                "test.yaml:10:158: error: 'd' stands for Thing, which is not among the alternatives"
            ),
        ])
    func refusal(schema: String, message: String) {
        expectRefusal(schema, message)
    }

    @Test(
        "What is likely to be meant otherwise is warned of",
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
