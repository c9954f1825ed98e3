import ContractGenerator
import Testing

/// The diagnostics of operations that are wrong or that the generator does not support.
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
        "Invalid parameters are refused with a position",
        arguments: [
            (
                "{name: a, in: query, required: true, allowEmptyValue: true, schema: {type: integer}}",
                "'allowEmptyValue' of a required parameter that is no string is not supported: an empty value counts as an absent one"
            )
        ])
    func parameters(parameter: String, message: String) {
        #expect(Self.diagnostics(parameter: parameter).contains("test.yaml:7:20: error: \(message)"))
    }

    @Test(
        "Parameters without a schema, and styles that do not fit, get a warning",
        arguments: [
            (
                "{name: a, in: header, schema: {type: array, items: {type: array, items: {type: string}}}}",
                "the elements and members of a parameter are scalars; this one is written as JSON, as with 'content'"
            ),
            (
                "{name: a, in: query, explode: false, schema: {type: object, properties: {b: {type: object, properties: {c: {type: string}}}}}}",
                "the elements and members of a parameter are scalars; this one is written as JSON, as with 'content'"
            ),
            ("{name: a, in: query}", "a parameter lacks 'schema', and is a string"),
            (
                "{name: a, in: query, style: matrix, schema: {}}",
                "a parameter in query has the style 'form', 'spaceDelimited', 'pipeDelimited' or 'deepObject', not 'matrix'; 'form' counts"
            ),
            (
                "{name: a, in: header, style: form, schema: {type: string}}",
                "a parameter in header has the style 'simple', not 'form'; 'simple' counts"
            ),
            (
                "{name: a, in: query, style: deepObject, schema: {type: string}}",
                "the style 'deepObject' is one of objects; 'form' counts"
            ),
            (
                "{name: a, in: query, style: deepObject, schema: {type: array, items: {type: string}}}",
                "the style 'deepObject' is one of objects; the list is written as 'a[]=…'"
            ),
        ])
    func lenientParameters(parameter: String, message: String) {
        #expect(Self.diagnostics(parameter: parameter) == ["test.yaml:7:20: warning: \(message)"])
    }

    @Test("'content' of a parameter that is not JSON is text, and 'schema' beside 'content' counts")
    func content() {
        #expect(
            Self.diagnostics(parameter: "{name: a, in: query, content: {text/csv: {schema: {type: string}}}}") == [])
        #expect(
            Self.diagnostics(parameter: "{name: a, in: query, content: {text/csv: {schema: {type: object}}}}") == [
                "test.yaml:7:51: warning: a text whose schema is not a scalar is passed as a string, and not validated"
            ])
        #expect(
            Self.diagnostics(
                parameter: "{name: a, in: query, content: {text/csv: {schema: {}}, application/json: {}}}") == [
                    "test.yaml:7:75: warning: the 'content' of a parameter is one media type; 'text/csv' counts"
                ])
        #expect(
            Self.diagnostics(parameter: "{name: a, in: query, schema: {}, content: {application/json: {}}}") == [
                "test.yaml:7:62: warning: a parameter has either 'schema' or 'content'; 'schema' counts"
            ])
        #expect(
            Self.diagnostics(parameter: "{name: a b, in: header, schema: {}}") == [
                "test.yaml:7:20: warning: the name of a header has letters, digits and some of !#$%&'*+-.^_`|~ only; this parameter is left out"
            ])
        #expect(
            Self.diagnostics(parameter: "{name: Accept, in: header, schema: {type: string}}") == [
                "test.yaml:7:20: warning: the parameter 'Accept' has no effect: media types and security schemes say it"
            ])
    }

    @Test("Only bodies of bytes and forms with files can be streams")
    func streams() {
        func diagnostics(_ body: String, _ id: String = "a") -> [String] {
            let document = """
                openapi: 3.1.0
                info: {title: t, version: "1"}
                paths:
                  /a:
                    post:
                      operationId: a
                      \(body)
                      responses: {"204": {description: done}}
                """
            let configuration = Configuration.parse(Array("streams: [\(id)]".utf8), file: "openapi-generator.yaml")
            guard let configuration = configuration.configuration else { return ["\(configuration.diagnostics)"] }
            return Generator.generate(Array(document.utf8), file: "test.yaml", configuration: configuration).diagnostics
                .map { $0.description.split(separator: "\n").first.map(String.init) ?? "" }
        }
        #expect(diagnostics("requestBody: {content: {application/octet-stream: {}}}") == [])
        #expect(diagnostics("requestBody: {content: {multipart/form-data: {}, image/png: {}}}") == [])
        #expect(diagnostics("") == ["test.yaml:5:5: error: 'streams' lists an operation without a body"])
        #expect(
            diagnostics("requestBody: {content: {application/json: {}}}") == [
                "test.yaml:5:5: error: 'streams' lists an operation with a body of the media type 'application/json', which is read as a whole"
            ])
        #expect(
            diagnostics("requestBody: {content: {application/octet-stream: {}}}", "b") == [
                "openapi-generator.yaml:1:11: error: the document has no operation 'b'"
            ])
    }

    @Test(
        "Invalid paths are refused with a position",
        arguments: [
            ("/{a}{b}", "it is unclear where one parameter ends and the next one begins: '{a}{b}'"),
            ("/a{", "a parameter in the path is a name in braces: 'a{'"),
            ("/{}", "a parameter in the path is a name in braces: '{}'"),
            ("/a}", "a parameter in the path is a name in braces: 'a}'"),
            ("/{{a}}", "a parameter in the path is a name in braces: '{{a}}'"),
        ])
    func paths(path: String, message: String) {
        #expect(Self.diagnostics(path: "\"\(path)\"").contains("test.yaml:4:3: error: \(message)"))
    }

    @Test("Path parameters must be declared, and must occur exactly once in the path")
    func pathParameters() {
        #expect(
            Self.diagnostics(path: "\"/{a}.b\"") == [
                "test.yaml:5:5: warning: the parameter 'a' of the path is not declared, and is a string"
            ])
        let parameter = "{name: a, in: path, required: true, schema: {type: string}}"
        #expect(
            Self.diagnostics(path: "\"/{a}/{a}\"", parameter: parameter).contains(
                "test.yaml:5:5: error: a parameter comes twice in the path"))
        #expect(
            Self.diagnostics(path: "/b", parameter: parameter).contains(
                "test.yaml:7:20: warning: the path has no parameter 'a'"))
    }

    @Test(
        "Invalid request bodies are refused with a position",
        arguments: [
            (
                "{application/x-www-form-urlencoded: {schema: {type: array, items: {type: string}}}}",
                "8:31: error: the schema of an URL-encoded form is one of an object"
            ),
            (
                "{application/x-www-form-urlencoded: {encoding: {a: {style: simple}}}}",
                "8:81: error: the style of a member of a form is one of those of a query"
            ),
        ])
    func bodies(body: String, message: String) {
        let diagnostics = Self.diagnostics(body: body)
        #expect(diagnostics.contains("test.yaml:\(message)"), "\(diagnostics)")
    }

    @Test("Schemas that are not checked cause warnings, and parts that are not generated cause notes")
    func warnings() {
        #expect(
            Self.diagnostics(body: "{application/xml: {schema: {type: object}}}") == [
                "test.yaml:8:57: warning: a body of the media type 'application/xml' is passed as bytes, and not validated"
            ])
        #expect(
            Self.diagnostics(body: "{text/plain: {schema: {type: object, properties: {a: {type: string}}}}}") == [
                "test.yaml:8:31: warning: a text whose schema is not a scalar is passed as a string, and not validated"
            ])
        let part = "{a: {headers: {b: {schema: {type: string}}}}}"
        #expect(
            Self.diagnostics(
                body:
                    "{multipart/form-data: {schema: {type: object, minProperties: 1, properties: {a: {type: string}}}, encoding: \(part)}}"
            ) == [
                "test.yaml:8:76: warning: 'minProperties' of a multipart form is not checked",
                "test.yaml:8:142: warning: headers of a part that is no file are neither read nor written",
            ])
        #expect(
            Self.diagnostics(more: "webhooks: {}") == [
                "test.yaml:9:11: note: nothing is generated of webhooks, which are requests that a service makes"
            ])
    }

    @Test("Response headers must be scalars, flat arrays or objects, or JSON")
    func headers() {
        let nested = "schema: {type: array, items: {type: array, items: {type: string}}}"
        #expect(
            Self.diagnostics(response: "description: none, headers: {A: {\(nested)}}").contains(
                "test.yaml:6:56: error: the elements and members of a header are scalars; 'content' can have more"))
        #expect(
            Self.diagnostics(response: "description: none, headers: {A: {}}").contains(
                "test.yaml:6:59: warning: a header lacks 'schema', and is a string"))
    }

    @Test(
        "Invalid servers are reported with a position",
        arguments: [
            ("[{url: 'a{b}'}]", "9:17: warning: the variable 'b' of the URL is not declared"),
            ("[{url: 'a{b'}]", "9:17: warning: the URL has a '{' without its '}'"),
            (
                "[{url: '{b}', variables: {b: {default: c, enum: [d]}}}]",
                "9:49: warning: the default 'c' is not one of the values of 'enum'"
            ),
            ("[{url: '{b}', variables: {b: {}}}]", "9:39: error: a variable of a server lacks 'default'"),
        ])
    func servers(servers: String, message: String) {
        let diagnostics = Self.diagnostics(more: "servers: \(servers)")
        #expect(diagnostics.contains("test.yaml:\(message)"), "\(diagnostics)")
    }

    @Test("Operations without 'responses' are accepted, in OpenAPI 3.0 with a warning")
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
        #expect(diagnostics("3.0.3") == ["test.yaml:3:19: warning: an operation lacks 'responses'"])
    }
}
