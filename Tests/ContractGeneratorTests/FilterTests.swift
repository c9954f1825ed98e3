import ContractGenerator
import Testing

/// `operations` and `schemas` of a configuration leave out the parts that they do not select, with all faults in them.
@Suite struct FilterTests {
    private static let document = """
        openapi: 3.1.0
        info: {title: Test, version: "1"}
        paths:
          /good:
            get: {operationId: good, responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Good'}}}}}}
          /bad/{id}:
            parameters: [{name: id, in: path, schema: {type: integer}}]
            get:
              operationId: bad
              parameters: [{$ref: '#/components/parameters/Missing'}]
              responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Bad'}}}}}
        components:
          responses:
            Unused: {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Lost'}}}}
          schemas:
            Good: {type: object, properties: {a: {type: string}}}
            Bad: {type: object, properties: {a: {$dynamicRef: '#a'}}}
            Worse: {type: object, properties: {bad: {$ref: '#/components/schemas/Bad'}, a: {type: string, minLength: a}}}
            Container: {type: object, properties: {list: {type: array, items: {$ref: '#/components/schemas/Bad'}}}}
            Other: {type: object, properties: {a: {type: string}}}
        """

    private static func generate(_ text: String, _ configuration: String) throws -> (code: String?, messages: [String])
    {
        let parsed = Configuration.parse(Array(configuration.utf8), file: "openapi-generator.yaml")
        let result = Generator.generate(
            Array(text.utf8), file: "test.yaml",
            configuration: try #require(parsed.configuration, "\(parsed.diagnostics.map(\.description))"))
        return (result.files?.map(\.text).joined(), result.diagnostics.map(\.description))
    }

    @Test("Without a filter, the faults are errors")
    func everything() throws {
        let result = try Self.generate(Self.document, "{}")
        #expect(result.code == nil)
        #expect(result.messages.contains { $0.contains("error: there is no 'parameters' in components") })
        #expect(result.messages.contains { $0.contains("error: the keyword '$dynamicRef' is not supported") })
        #expect(result.messages.contains { $0.contains("error: there is no 'Lost' in components/schemas") })
    }

    @Test(
        "Faulty operations, and faulty components that only these need, do not prevent the generation of others",
        arguments: [
            "{operations: {ids: [good]}}", "{operations: {paths: [/good]}}", "{operations: {except: {ids: [bad]}}}",
        ])
    func operations(configuration: String) throws {
        let result = try Self.generate(Self.document, configuration)
        let code = try #require(result.code, "\(result.messages)")
        #expect(code.contains("struct Good") && code.contains("struct Other") && code.contains("enum Good"))
        #expect(!code.contains("struct Bad") && !code.contains("struct Worse") && !code.contains("struct Container"))
        #expect(
            result.messages == [
                """
                test.yaml:17:5: warning: the schema 'Bad', which no selected operation needs, is left out
                test.yaml:17:42: note: because of this error: the keyword '$dynamicRef' is not supported: a type cannot depend on the place that refers to its schema
                """,
                """
                test.yaml:18:5: warning: the schema 'Worse', which no selected operation needs, is left out
                test.yaml:18:110: note: because of this error: expecting a number, not a string
                """,
                """
                test.yaml:19:5: warning: the schema 'Container', which no selected operation needs, is left out
                test.yaml:19:5: note: because it refers to 'Bad', which is left out
                """,
            ])
    }

    @Test("A fault that a selected operation needs is an error")
    func needed() throws {
        let text = Self.document.replacing("schemas/Good'", with: "schemas/Container'")
        let result = try Self.generate(text, "{operations: {ids: [good]}}")
        #expect(result.code == nil)
        #expect(
            result.messages.contains {
                $0.hasPrefix("test.yaml:17:42: error: the keyword '$dynamicRef' is not supported")
            })
    }

    @Test("An excluded schema accepts any value")
    func excludedSchemas() throws {
        let text = Self.document.replacing("schemas/Good'", with: "schemas/Container'")
        let result = try Self.generate(text, "{operations: {ids: [good]}, schemas: {except: [Bad, Worse]}}")
        let code = try #require(result.code, "\(result.messages)")
        #expect(result.messages == [])
        #expect(code.contains("public var list: [ContractRuntime.JSONValue]?"))
    }

    @Test("With names of schemas, the generator emits these and the schemas that operations need")
    func namedSchemas() throws {
        let result = try Self.generate(Self.document, "{operations: {ids: [good]}, schemas: {names: [Other]}}")
        let code = try #require(result.code, "\(result.messages)")
        #expect(result.messages == [])
        #expect(code.contains("struct Good") && code.contains("struct Other") && !code.contains("struct Container"))
    }

    @Test("An unknown name in a filter is an error")
    func unknownNames() throws {
        let result = try Self.generate(Self.document, "{operations: {ids: [god]}, schemas: {names: [Othr]}}")
        #expect(
            result.messages.filter { $0.hasPrefix("openapi-generator.yaml") } == [
                """
                openapi-generator.yaml:1:46: error: the document has no schema 'Othr'
                openapi-generator.yaml:1:46: note: there is 'Other'
                """,
                """
                openapi-generator.yaml:1:21: error: the document has no operation 'god'
                openapi-generator.yaml:1:21: note: there is 'good'
                """,
            ])
    }

    @Test("A server serves the whole document")
    func wholeDocument() throws {
        let code = try #require(try Self.generate(Self.document, "{operations: {ids: [good]}}").code)
        #expect(code.contains(#""operationId":"bad""#))
    }
}
