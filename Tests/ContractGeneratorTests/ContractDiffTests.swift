import ContractDiff
import ContractDocument
import Testing

/// Which changes of a contract break clients: requests and responses are judged in their own direction.
@Suite struct ContractDiffTests {
    private static func document(_ paths: String, _ file: String) throws -> Document {
        let text = "openapi: 3.1.0\ninfo: {title: Test, version: '1'}\n\(paths)\n"
        let parsed = Document.parse(Array(text.utf8), file: file)
        #expect(parsed.diagnostics == [])
        return try #require(parsed.document)
    }

    private static func changes(_ old: String, _ new: String) throws -> [String] {
        Change.all(from: try document(old, "old.yaml"), to: try document(new, "new.yaml")).map {
            "\($0.position.file) \($0.compatibility.rawValue): \($0.message)"
        }
    }

    /// The changes of a schema that a request body and a response use.
    private static func changes(ofSchema old: String, to new: String) throws -> [String] {
        let document = { (schema: String) in
            """
            paths:
              /a:
                post:
                  operationId: a
                  requestBody: {required: true, content: {application/json: {schema: \(schema)}}}
                  responses: {"200": {description: d, content: {application/json: {schema: \(schema)}}}}
            """
        }
        return try changes(document(old), document(new)).map { String($0.trimmingPrefix(#/(new|old)\.yaml /#)) }
    }

    @Test("Comparing a contract with itself finds no changes")
    func nothing() throws {
        let text = "paths: {/a: {get: {operationId: a, responses: {'204': {description: d}}}}}"
        #expect(try Self.changes(text, text) == [])
    }

    @Test("Operations with other methods are compared too")
    func otherMethods() throws {
        let old = """
            paths:
              /a:
                query: {operationId: a, responses: {'204': {description: d}}}
                additionalOperations: {COPY: {operationId: b, responses: {'204': {description: d}}}}
            """
        let new = "paths: {/a: {additionalOperations: {COPY: {operationId: c, responses: {'204': {description: d}}}}}}"
        #expect(
            try Self.changes(old, new) == [
                "new.yaml compatible: the operationId was 'b', which generated code may show",
                "old.yaml breaking: the operation is removed",
            ])
    }

    @Test(
        "A schema that admits less breaks requests; one that admits more breaks responses",
        arguments: [
            ("{type: integer}", "{type: number}", "changes from integer to number", true),
            ("{type: string}", "{type: [string, 'null']}", "changes from string to null or string", true),
            (
                "{type: string, minLength: 2}", "{type: string, minLength: 1}", "'minLength' of X changes from 2 to 1",
                true
            ),
            ("{type: string, maxLength: 2}", "{type: string}", "'maxLength' of X changes from 2 to none", true),
            (
                "{type: integer, minimum: 2}", "{type: integer, exclusiveMinimum: 2}",
                "'minimum' of X changes from 2 to 2, exclusively", false
            ),
            ("{type: string, enum: [a]}", "{type: string, enum: [a, b]}", "can be \"b\" now", true),
            ("{type: string, enum: [a, b]}", "{type: string, enum: [b]}", "can no longer be \"a\"", false),
            ("{type: string, pattern: a}", "{type: string}", "'pattern' is gone from X", true),
            (
                "{type: object, required: [a], properties: {a: {}}}", "{type: object, properties: {a: {}}}",
                "the property 'a' of X is no longer required", true
            ),
            (
                "{type: array, items: {type: string}}", "{type: array, items: {type: string}, uniqueItems: true}",
                "may no longer repeat items", false
            ),
            (
                "{type: object, additionalProperties: false, properties: {a: {}}}",
                "{type: object, additionalProperties: false, properties: {a: {}, b: {}}}",
                "the property 'b' of X is added", true
            ),
            (
                "{oneOf: [{type: string}, {type: integer}]}", "{oneOf: [{type: string}]}",
                "a schema is gone from 'oneOf' of X", false
            ),
        ])
    func directions(old: String, new: String, message: String, isWidened: Bool) throws {
        let name = { (what: String) in
            message.contains(" X") ? message.replacing(" X", with: " \(what)") : "\(what) \(message)"
        }
        let request = "\(isWidened ? "compatible" : "breaking"): " + name("the request body in application/json")
        let response = "\(isWidened ? "breaking" : "compatible"): " + name("the response 200 in application/json")
        #expect(try Self.changes(ofSchema: old, to: new) == [request, response])
    }

    @Test("A schema that admits different values breaks both requests and responses")
    func moved() throws {
        let changes = try Self.changes(ofSchema: "{type: string}", to: "{type: boolean}")
        #expect(changes.count == 2 && changes.allSatisfy { $0.hasPrefix("breaking: ") })
    }

    @Test("A new property of an open object breaks only requests that require it")
    func properties() throws {
        let old = "{type: object, properties: {a: {}}}"
        #expect(
            try Self.changes(ofSchema: old, to: "{type: object, properties: {a: {}, b: {}}}")
                .allSatisfy { $0.hasPrefix("compatible: ") })
        #expect(
            try Self.changes(ofSchema: old, to: "{type: object, properties: {a: {}, b: {}}, required: [b]}") == [
                "compatible: the property 'b' of the request body in application/json is added",
                "breaking: the property 'b' of the request body in application/json is required now",
                "compatible: the property 'b' of the response 200 in application/json is added",
                "compatible: the property 'b' of the response 200 in application/json is required now",
            ])
    }

    @Test(
        "Changes of a shared or recursive component are reported once for requests and once for responses")
    func components() throws {
        let document = { (maximum: Int) in
            """
            paths:
              /a:
                get: {operationId: a, responses: {"200": {$ref: '#/components/responses/R'}}}
                put: {operationId: b, responses: {"200": {$ref: '#/components/responses/R'}}}
            components:
              responses:
                R: {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}
              schemas:
                S: {type: object, properties: {n: {type: integer, maximum: \(maximum)}, s: {$ref: '#/components/schemas/S'}}}
            """
        }
        let old = try Self.document(document(1), "old.yaml")
        let changes = Change.all(from: old, to: try Self.document(document(2), "new.yaml"))
        #expect(
            changes.map(\.description) == [
                "new.yaml:11:64: breaking: the schema S, in responses: 'maximum' of the property 'n' of it changes from 1 to 2"
            ])
    }

    @Test("Changes of operations, parameters, bodies, responses and credentials are reported")
    func operations() throws {
        let old = """
            paths:
              /a/{x}:
                parameters: [{name: x, in: path, required: true, schema: {type: string}}]
                get:
                  operationId: a
                  parameters: [{name: p, in: query, schema: {type: string}}, {name: q, in: query, schema: {type: string}}]
                  responses:
                    "200": {description: d, headers: {H: {required: true, schema: {type: string}}}, content: {text/plain: {}}}
                    "404": {description: d}
              /b:
                post: {operationId: b, responses: {"204": {description: d}}}
            """
        let new = """
            paths:
              /a/{y}:
                parameters: [{name: y, in: path, required: true, schema: {type: string}}]
                get:
                  operationId: aa
                  security: [{key: []}]
                  parameters: [{name: p, in: query, required: true, schema: {type: string}}, {name: r, in: query, schema: {type: string}}]
                  requestBody: {content: {application/json: {}}}
                  responses:
                    "200": {description: d, headers: {H: {schema: {type: string}}}, content: {application/json: {}}}
                    "202": {description: d}
                    "409": {description: d}
              /c:
                post: {operationId: c, responses: {"204": {description: d}}}
            components: {securitySchemes: {key: {type: apiKey, in: header, name: K}}}
            """
        #expect(
            try Self.changes(old, new) == [
                "new.yaml compatible: the operationId was 'a', which generated code may show",
                "new.yaml breaking: the parameter 'p' in query is required now",
                "new.yaml compatible: the parameter 'r' in query is added",
                "old.yaml breaking: the parameter 'q' in query is removed",
                "new.yaml compatible: a request body is added",
                "new.yaml breaking: the header 'H' of the response 200 is no longer required",
                "new.yaml compatible: the response 200 may be in application/json now",
                "old.yaml breaking: the response 200 is no longer in text/plain",
                "new.yaml breaking: the response 202 is added",
                "new.yaml compatible: the response 409 is added",
                "old.yaml compatible: the response 404 is removed",
                "new.yaml breaking: requests need credentials now",
                "new.yaml compatible: the operation is added",
                "old.yaml breaking: the operation is removed",
            ])
    }
}
