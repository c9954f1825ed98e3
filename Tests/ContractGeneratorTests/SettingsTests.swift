import ContractGenerator
import Foundation
import Testing

/// Each combination of settings gives Swift that compiles, together with files that import the runtime as usual.
@Suite struct SettingsTests {
    private static let document = """
        openapi: 3.1.0
        info: {title: Things, version: "1"}
        servers: [{url: 'https://{zone}.example.com', variables: {zone: {default: a, enum: [a, b]}}}]
        paths:
          /things/{id}:
            put:
              operationId: putThing
              security: [{key: []}]
              parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
              requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
              responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}
        components:
          securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
          schemas:
            Thing: {type: object, required: [name], properties: {name: {type: string, pattern: '^a'}, note: {type: [string, 'null']}}}
        """

    @Test("Each combination of parts and access level compiles in one module")
    func combinations() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var modules: [(name: String, files: [URL])] = []
        for access in Configuration.Access.allCases {
            for parts in [[.types], [.types, .server], [.types, .client], [.types, .server, .client]]
                as [Set<Configuration.Part>]
            {
                var configuration = Configuration()
                configuration.access = access
                configuration.parts = parts
                if parts == [.types] { configuration.conformances = [.codable] }
                let result = Generator.generate(
                    Array(Self.document.utf8), file: "openapi.yaml", configuration: configuration)
                let name = "\(access) \(parts.map(\.rawValue).sorted().joined(separator: " "))"
                let files = try #require(result.files, "\(result.diagnostics.map(\.description))")
                var urls = try SwiftCompiler.write(files, to: folder.appending(path: name))
                let own = folder.appending(path: name).appending(path: "Own.swift")
                let text = "import ContractRuntime\nfunc name(of thing: Schemas.Thing) -> String { thing.name }\n"
                try Data(text.utf8).write(to: own)
                urls.append(own)
                modules.append((name, urls))
            }
        }
        for (name, messages) in try SwiftCompiler.check(modules) {
            Issue.record("\(name): \(messages.prefix(2000))")
        }
    }

    @Test("The configuration sets the severity of each kind of warning, and 'strict' turns the others into errors")
    func severities() throws {
        let document = Array(
            "openapi: 3.1.0\ninfo: {title: a, version: 1}\npaths: {}\ncomponents: {schemas: {A: {type: string, format: a}}}"
                .utf8)
        func messages(_ configuration: String) throws -> [String] {
            let parsed = Configuration.parse(Array(configuration.utf8), file: "openapi-generator.yaml")
            return Generator.check(
                document, file: "a.yaml",
                configuration: try #require(parsed.configuration, "\(parsed.diagnostics.map(\.description))")
            ).map { String($0.description.prefix { $0 != "," }).replacing("a.yaml:", with: "") }
        }
        let text = "expecting a string"
        let format = "the format 'a' is not checked"
        #expect(try messages("{}") == ["2:27: warning: \(text)", "4:42: warning: \(format)"])
        #expect(try messages("diagnostics: {format: error}") == ["2:27: warning: \(text)", "4:42: error: \(format)"])
        #expect(try messages("{diagnostics: {text: silent}, strict: true}") == ["4:42: error: \(format)"])
        #expect(
            Configuration.parse(Array("diagnostics: {formats: error}".utf8), file: "a").diagnostics.first?.description
                .hasSuffix("note: there is 'format'") == true)
    }

    @Test("A repeated warning is reported once, with the number of other places")
    func repeatedWarnings() {
        let schemas = (0..<5).map { "A\($0): {type: string, format: a}" }.joined(separator: ", ")
        let document = "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\ncomponents: {schemas: {\(schemas)}}"
        #expect(
            Generator.check(Array(document.utf8), file: "a.yaml").map(\.description) == [
                "a.yaml:4:43: warning: the format 'a' is not checked\na.yaml:4:43: note: the same is true of 4 other places"
            ])
    }
}
