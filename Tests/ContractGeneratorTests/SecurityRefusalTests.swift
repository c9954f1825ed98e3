import ContractGenerator
import Testing

/// The diagnostics of documents with invalid security schemes.
@Suite struct SecurityRefusalTests {
    private static func diagnostics(scheme: String, security: String, responses: String = "") -> [String] {
        let document = """
            openapi: 3.1.0
            info: {title: Test, version: "1"}
            paths:
              /things:
                get:
                  operationId: listThings
                  security: \(security)
                  responses: {"204": {description: none}\(responses)}
            components:
              securitySchemes:
                thing: \(scheme)
            """
        return Generator.generate(Array(document.utf8), file: "test.yaml").diagnostics.map(\.description)
    }

    @Test(
        "Invalid security schemes and requirements are reported with a position",
        arguments: [
            (
                "{type: http, scheme: basic}", "[{other: []}]",
                "test.yaml:7:19: warning: there is no security scheme 'other' in components"
            ),
            (
                "{type: http, scheme: basic}", "[{things: []}]",
                "test.yaml:7:19: warning: there is no security scheme 'things' in components\ntest.yaml:7:19: note: there is 'thing'"
            ),
            (
                "{type: http}", "[{thing: []}]",
                "test.yaml:11:12: error: a security scheme of type 'http' lacks 'scheme'"
            ),
            ("{scheme: basic}", "[{thing: []}]", "test.yaml:11:12: error: a security scheme lacks 'type'"),
            (
                "{type: key}", "[{thing: []}]",
                "test.yaml:11:19: error: the type of a security scheme is 'http', 'apiKey', 'oauth2', 'openIdConnect' or 'mutualTLS', not 'key'"
            ),
            (
                "{type: apiKey, name: a}", "[{thing: []}]",
                "test.yaml:11:12: error: a security scheme of type 'apiKey' lacks 'in'"
            ),
            (
                "{type: apiKey, name: a, in: path}", "[{thing: []}]",
                "test.yaml:11:40: error: an API key is in 'query', 'header' or 'cookie', not 'path'"
            ),
            (
                "{type: oauth2}", "[{thing: []}]",
                "test.yaml:11:12: error: a security scheme of type 'oauth2' lacks 'flows'"
            ),
            (
                "{type: openIdConnect}", "[{thing: []}]",
                "test.yaml:11:12: error: a security scheme of type 'openIdConnect' lacks 'openIdConnectUrl'"
            ),
            (
                "{type: oauth2, flows: {password: {tokenUrl: a}}}", "[{thing: []}]",
                "test.yaml:11:45: error: a flow of OAuth 2.0 lacks 'scopes'"
            ),
            (
                "{type: http, scheme: basic}", "[thing]",
                "test.yaml:7:18: error: a security requirement is an object, not a string"
            ),
            (
                "{type: http, scheme: basic}", "[{thing: read}]",
                "test.yaml:7:26: error: expecting a list, not a string"
            ),
        ])
    func refusal(scheme: String, security: String, message: String) {
        #expect(Self.diagnostics(scheme: scheme, security: security).contains(message))
    }

    @Test("Unknown OAuth scopes, a missing 401 response and an unsuitable 401 body cause warnings")
    func warnings() {
        let scheme = "{type: oauth2, flows: {password: {tokenUrl: a, scopes: {read: \"\"}}}}"
        #expect(
            Self.diagnostics(scheme: scheme, security: "[{thing: [read, write]}]") == [
                "test.yaml:5:5: warning: the operation asks for credentials, and has no response 401 for those without",
                "test.yaml:7:26: warning: no flow of 'thing' has the scope 'write'",
            ])
        #expect(Self.diagnostics(scheme: scheme, security: "[{}, {thing: [read]}]") == [])
        let body = "{application/json: {schema: {type: array, items: {type: string}}}}"
        #expect(
            Self.diagnostics(
                scheme: scheme, security: "[{thing: []}]",
                responses: ", \"401\": {description: none, content: \(body)}") == [
                    "test.yaml:5:5: warning: how the body of the response 401 says why a request is refused is not known: there has to be a member 'detail', 'message' or 'error' for a text, and no other that is required. It is left out"
                ])
    }
}
