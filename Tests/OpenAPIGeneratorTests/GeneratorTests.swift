import Foundation
import OpenAPIGenerator
import Testing
import YAML

@Suite struct GeneratorTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let examples: [URL] = {
        let folder = root.deletingLastPathComponent().appending(path: "shared/data/openapi")
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        if files == nil { print("The example documents are not at \(folder.path()); they are left out") }
        return (files ?? []).filter { $0.pathExtension == "yaml" }
    }()

    @Test("The project's own contract is accepted, without a warning, and always gives the same files")
    func contract() throws {
        let text = Array(try Data(contentsOf: Self.root.appending(path: "openapi.yaml")))
        let first = Generator.generate(text, file: "openapi.yaml")
        #expect(first.diagnostics == [])
        #expect(first.files?.count == 10)
        #expect(first.files == Generator.generate(text, file: "openapi.yaml").files)
    }

    @Test("Every example is accepted, or refused with places and keywords", arguments: examples)
    func example(file: URL) throws {
        let result = Generator.generate(Array(try Data(contentsOf: file)), file: file.lastPathComponent)
        if result.files == nil {
            let errors = result.diagnostics.filter { $0.severity == .error }
            #expect(!errors.isEmpty && errors.allSatisfy { $0.position != nil })
        }
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
        "What is not supported is refused where it stands",
        arguments: [
            (
                "{type: string, format: uuid}",
                "test.yaml:10:27: error: the format 'uuid' of strings is not supported yet"
            ),
            (
                "{type: object, patternProperties: {a: {}}}",
                "test.yaml:10:27: error: the keyword 'patternProperties' is not supported here yet"
            ),
            (
                "{type: integer, multipleOf: 2}",
                "test.yaml:10:28: error: the keyword 'multipleOf' is not supported here yet"
            ),
            (
                "{type: [string, integer]}",
                "test.yaml:10:13: error: the keyword 'type' with several types is not supported yet"
            ),
            ("{type: text}", "test.yaml:10:19: error: 'text' is no type of JSON Schema"),
            (
                "{$ref: '#/components/schemas/Other'}",
                "test.yaml:10:19: error: there is no 'Other' in components/schemas"
            ),
            (
                "{type: string, pattern: '(?=a)'}",
                "test.yaml:10:27: error: the pattern is not supported: look-ahead is not supported"
            ),
            ("{type: string, minLength: -1}", "test.yaml:10:38: error: expecting a whole number that is not negative"),
            ("{type: string, type: string}", "test.yaml:10:27: error: the key stands at line 10 already"),
            (
                "{type: object, properties: {a: {$ref: '#/components/schemas/Thing'}}}",
                "test.yaml:10:50: error: the schema Thing contains itself, which is not supported yet"
            ),
            (
                "{oneOf: [{type: string}, {type: string}]}",
                "test.yaml:10:37: error: nothing tells this alternative of 'oneOf' from the others: neither its type, nor a required constant, nor a required member that the others lack"
            ),
        ])
    func refusal(schema: String, message: String) {
        expectRefusal(schema, message)
    }

    @Test(
        "'anyOf' beside 'properties' says which members there have to be, and nothing else",
        arguments: [
            (
                "{type: object, properties: {a: {}}, anyOf: [{required: [b]}]}",
                "test.yaml:10:57: error: 'required' of 'b', which 'properties' lacks, is not supported yet"
            ),
            (
                "{type: object, properties: {a: {}}, anyOf: [{minProperties: 1}]}",
                "test.yaml:10:57: error: the keyword 'minProperties' is not supported here yet"
            ),
            (
                "{type: object, properties: {a: {}}, anyOf: [{}]}",
                "test.yaml:10:56: error: an alternative of 'anyOf' beside 'properties' without 'required' is not supported yet"
            ),
            (
                "{type: object, properties: {a: {type: [string, 'null']}}, anyOf: [{required: [a]}]}",
                "test.yaml:10:79: error: 'required' of 'a', which may be null, is not supported yet without its type in 'properties' here"
            ),
            (
                "{type: object, properties: {a: {type: string}}, anyOf: [{required: [a], properties: {a: {type: string}}}]}",
                "test.yaml:10:100: error: 'a' cannot be null, so that its 'required' is enough"
            ),
            (
                "{type: object, properties: {a: {type: string}}, anyOf: [{required: [a], properties: {b: {type: string}}}]}",
                "test.yaml:10:100: error: 'b' in an alternative of 'anyOf' that does not require it is not supported yet"
            ),
        ])
    func presence(schema: String, message: String) {
        expectRefusal(schema, message)
    }

    private func expectRefusal(_ schema: String, _ message: String) {
        let result = Generator.generate(Self.document(schema: schema), file: "test.yaml")
        #expect(result.files == nil)
        #expect(result.diagnostics.map(\.description).contains(message), "\(result.diagnostics.map(\.description))")
    }
}
