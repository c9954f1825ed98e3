import OpenAPIGenerator
import Testing

/// What is said about operations that are wrong, or cannot be made sense of.
@Suite struct OperationRefusalTests {
    private static func diagnostics(
        path: String = "/things", parameter: String? = nil, body: String? = nil, response: String = "description: none",
        more: String = ""
    ) -> [String] {
        let document = """
            openapi: 3.1.0
            info: {title: Test, version: "1"}
            paths:
              \(path):
                post:
                  responses: {"200": {\(response)}}
                  parameters: [\(parameter ?? "")]
                  \(body.map { "requestBody: {content: \($0)}" } ?? "deprecated: false")
            \(more)
            """
        return Generator.generate(Array(document.utf8), file: "test.yaml").diagnostics.map(\.description)
    }

    @Test(
        "A parameter that is wrong is refused where it stands",
        arguments: [
            (
                "{name: a, in: query, style: matrix, schema: {}}",
                "a parameter in query has the style 'form', 'spaceDelimited', 'pipeDelimited' or 'deepObject', not 'matrix'"
            ),
            (
                "{name: a, in: header, style: form, schema: {}}",
                "a parameter in header has the style 'simple', not 'form'"
            ),
            (
                "{name: a, in: query, style: deepObject, schema: {type: string}}",
                "the style 'deepObject' is one of objects"
            ),
            (
                "{name: a, in: header, schema: {type: array, items: {type: array, items: {type: string}}}}",
                "the elements and members of a parameter are scalars; 'content' can have more"
            ),
            (
                "{name: a, in: query, schema: {type: object, properties: {b: {type: object, properties: {c: {type: string}}}}}}",
                "the elements and members of a parameter are scalars, or members arrays of them; 'content' can have more"
            ),
            ("{name: a, in: query}", "a parameter has either 'schema' or 'content'"),
            (
                "{name: a, in: query, required: true, allowEmptyValue: true, schema: {type: integer}}",
                "'allowEmptyValue' of a required parameter that is no string is not supported: an empty value counts as an absent one"
            ),
        ])
    func parameters(parameter: String, message: String) {
        #expect(Self.diagnostics(parameter: parameter).contains("test.yaml:7:20: error: \(message)"))
    }

    @Test("'content' of a parameter is JSON, and there is nothing beside it")
    func content() {
        #expect(
            Self.diagnostics(parameter: "{name: a, in: query, content: {text/csv: {schema: {type: string}}}}") == [
                "test.yaml:7:51: error: the 'content' of a parameter is one media type, of JSON"
            ])
        #expect(
            Self.diagnostics(parameter: "{name: a, in: query, schema: {}, content: {application/json: {}}}") == [
                "test.yaml:7:62: error: a parameter has either 'schema' or 'content'"
            ])
        #expect(
            Self.diagnostics(parameter: "{name: Accept, in: header, schema: {type: string}}") == [
                "test.yaml:7:20: warning: the parameter 'Accept' has no effect: media types and security schemes say it"
            ])
    }

    @Test(
        "A path that is wrong is refused where it stands",
        arguments: [
            ("/{a}{b}", "nothing tells where a parameter ends and the next one begins: '{a}{b}'"),
            ("/a{", "a parameter in the path is a name in braces: 'a{'"),
            ("/{}", "a parameter in the path is a name in braces: '{}'"),
            ("/a}", "a parameter in the path is a name in braces: 'a}'"),
            ("/{{a}}", "a parameter in the path is a name in braces: '{{a}}'"),
        ])
    func paths(path: String, message: String) {
        #expect(Self.diagnostics(path: "\"\(path)\"").contains("test.yaml:4:3: error: \(message)"))
    }

    @Test("A parameter of the path is declared, and comes once")
    func pathParameters() {
        #expect(
            Self.diagnostics(path: "\"/{a}.b\"") == [
                "test.yaml:5:5: error: the parameter 'a' of the path is not declared"
            ])
        let parameter = "{name: a, in: path, required: true, schema: {type: string}}"
        #expect(
            Self.diagnostics(path: "\"/{a}/{a}\"", parameter: parameter).contains(
                "test.yaml:5:5: error: a parameter comes twice in the path"))
        #expect(
            Self.diagnostics(path: "/b", parameter: parameter).contains(
                "test.yaml:7:20: error: the path has no parameter 'a'"))
    }

    @Test(
        "A body that is wrong is refused where it stands",
        arguments: [
            (
                "{text/plain: {schema: {type: object, properties: {a: {type: string}}}}}",
                "8:31: error: the schema of a text is one of a scalar"
            ),
            (
                "{multipart/form-data: {schema: {type: object}}}",
                "8:31: error: the schema of a multipart form is an object with 'properties'"
            ),
            (
                "{application/x-www-form-urlencoded: {schema: {type: array, items: {type: string}}}}",
                "8:31: error: the members of an URL-encoded form are scalars and arrays of them"
            ),
            (
                "{application/x-www-form-urlencoded: {encoding: {a: {style: simple}}}}",
                "8:81: error: the style of a member of a form is one of those of a query"
            ),
            (
                "{application/x-www-form-urlencoded: {encoding: {a: {contentType: application/json}}}}",
                "8:81: error: a member of an URL-encoded form with a 'contentType' of its own is not supported"
            ),
            (
                "{multipart/form-data: {schema: {type: object, properties: {a: {type: string}}}, encoding: {a: {headers: {}}}}}",
                "8:134: error: 'headers' of a part is not supported"
            ),
        ])
    func bodies(body: String, message: String) {
        let diagnostics = Self.diagnostics(body: body)
        #expect(diagnostics.contains("test.yaml:\(message)"), "\(diagnostics)")
    }

    @Test("What cannot be held against a schema is warned of, and what is not generated is noted")
    func warnings() {
        #expect(
            Self.diagnostics(body: "{application/xml: {schema: {type: object}}}") == [
                "test.yaml:8:57: warning: a body of the media type 'application/xml' is given as bytes, which no schema is held against"
            ])
        #expect(
            Self.diagnostics(more: "webhooks: {}") == [
                "test.yaml:9:11: note: nothing is generated of webhooks, which are requests that a service makes"
            ])
    }

    @Test("A header of a response is a scalar, or has some, or is JSON")
    func headers() {
        let nested = "schema: {type: array, items: {type: array, items: {type: string}}}"
        #expect(
            Self.diagnostics(response: "description: none, headers: {A: {\(nested)}}").contains(
                "test.yaml:6:56: error: the elements and members of a header are scalars; 'content' can have more"))
        #expect(
            Self.diagnostics(response: "description: none, headers: {A: {}}").contains(
                "test.yaml:6:56: error: a header has either 'schema' or 'content'"))
    }

    @Test(
        "A server that is wrong is refused where it stands",
        arguments: [
            ("[{url: 'a{b}'}]", "9:17: error: the variable 'b' of the URL is not declared"),
            ("[{url: 'a{b'}]", "9:17: error: the URL has a '{' without its '}'"),
            (
                "[{url: '{b}', variables: {b: {default: c, enum: [d]}}}]",
                "9:49: error: the default 'c' is none of the values of 'enum'"
            ),
            ("[{url: '{b}', variables: {b: {}}}]", "9:39: error: a variable of a server lacks 'default'"),
        ])
    func servers(servers: String, message: String) {
        let diagnostics = Self.diagnostics(more: "servers: \(servers)")
        #expect(diagnostics.contains("test.yaml:\(message)"), "\(diagnostics)")
    }

    @Test("Responses may be left out in OpenAPI 3.1, but not in 3.0")
    func responses() {
        func diagnostics(_ version: String) -> [String] {
            let document = """
                openapi: \(version)
                info: {title: Test, version: "1"}
                paths: {/things: {get: {}}}
                """
            return Generator.generate(Array(document.utf8), file: "test.yaml").diagnostics.map(\.description)
        }
        #expect(diagnostics("3.1.0") == [])
        #expect(diagnostics("3.0.3") == ["test.yaml:3:19: error: an operation lacks 'responses'"])
    }
}
