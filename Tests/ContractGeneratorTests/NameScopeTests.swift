import ContractGenerator
import Testing

/// Names of a document that would be equal in Swift.
@Suite struct NameScopeTests {
    private static func generate(_ document: String) -> Generator.Result {
        Generator.generate(
            Array("openapi: 3.1.0\ninfo: {title: a, version: '1'}\n\(document)".utf8), file: "test.yaml")
    }

    private static func code(_ document: String) throws -> String {
        let result = generate(document)
        return try #require(result.files, "\(result.diagnostics.map(\.description))").map(\.text).joined()
    }

    private static func operation(_ members: String) -> String {
        "paths: {/a: {get: {operationId: a, responses: {'200': {description: d}}, \(members)}}}"
    }

    @Test("If Swift names collide, in any order, the name spelled as in the document wins, and others are spelled out")
    func members() throws {
        for names in [["page_size", "pageSize", "page-size"], ["page-size", "page_size", "pageSize"]] {
            let properties = names.map { "\($0): {type: string}" }.joined(separator: ", ")
            let code = try Self.code(
                "paths: {}\ncomponents: {schemas: {A: {type: object, properties: {\(properties)}}}}")
            for name in ["page_size", "pageSize", "page_dash_size"] {
                #expect(code.contains("public var \(name): String?"))
            }
            let parameters = names.map { "{name: \($0), in: query, schema: {type: string}}" }.joined(separator: ", ")
            let query = try Self.code(Self.operation("parameters: [\(parameters)]"))
            for name in ["page_size", "pageSize", "page_dash_size"] {
                #expect(query.contains("public var \(name): String?"))
            }
        }
    }

    @Test("A name collision is reported in a note with both positions")
    func notes() {
        let result = Self.generate(
            "paths: {}\ncomponents: {schemas: {A: {type: object, properties: {a_b: {type: string}, aB: {type: string}}}}}"
        )
        #expect(
            result.diagnostics.map(\.description) == [
                "test.yaml:4:60: note: 'a_b' is named 'a_b' in Swift\ntest.yaml:4:80: note: 'aB' is named 'aB' already"
            ])
    }

    @Test("Security schemes and component responses that differ only in letter case get different Swift names")
    func components() throws {
        let code = try Self.code(
            """
            paths:
              /a: {get: {operationId: a, security: [{key: []}], responses: {'200': {$ref: '#/components/responses/Gone'}}}}
              /b: {get: {operationId: b, security: [{Key: []}], responses: {'200': {$ref: '#/components/responses/gone'}}}}
            components:
              securitySchemes:
                key: {type: apiKey, in: header, name: X-One}
                Key: {type: apiKey, in: header, name: X-Two}
              responses:
                Gone: {description: d, content: {application/json: {schema: {type: string}}}}
                gone: {description: d, content: {application/json: {schema: {type: integer}}}}
            """)
        #expect(code.contains("case .key: .key") && code.contains("case .Key: .Key"))
        #expect(code.contains("\"X-One\"") && code.contains("\"X-Two\""))
        #expect(code.contains("public enum Gone: Sendable") && code.contains("public enum gone: Sendable"))
    }

    @Test("Tags, operations and enumeration cases with similar names get different Swift names")
    func others() throws {
        let code = try Self.code(
            """
            paths:
              /a: {get: {operationId: get_pet, tags: [pets], responses: {'200': {description: d}}}}
              /b: {get: {operationId: getPet, tags: [Pets], responses: {'200': {description: d}}}}
              /c: {get: {operationId: eventStream, tags: [security], responses: {'200': {description: d}}}}
            components: {schemas: {A: {type: string, enum: [a b, aB, 'a-b', A, a, '']}}}
            """)
        #expect(
            code.contains("func getPet(_ input: GetPet.Input)")
                && code.contains("func get_pet(_ input: Operation_get_pet.Input)"))
        #expect(
            code.contains("public protocol PetsAPI: Sendable") && code.contains("public protocol petsAPI: Sendable"))
        #expect(code.contains("case aB = \"aB\"") && code.contains("case a_space_b = \"a b\""))
        #expect(code.contains("case a = \"a\"") && code.contains("case A = \"A\""))
    }
}
