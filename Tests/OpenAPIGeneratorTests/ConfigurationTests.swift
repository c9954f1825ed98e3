import OpenAPIGenerator
import Testing

@Suite struct ConfigurationTests {
    private static func parse(_ text: String) -> (configuration: Configuration?, messages: [String]) {
        let parsed = Configuration.parse(Array(text.utf8), file: "openapi-generator.yaml")
        return (parsed.configuration, parsed.diagnostics.map(\.description))
    }

    @Test("A configuration says what to emit, and where the types are if they are not emitted")
    func valid() {
        #expect(Self.parse("emit: [types, server]").configuration?.parts == [.types, .server])
        let client = Self.parse("emit: [client]\ntypes: PetStoreAPI").configuration
        #expect(client?.parts == [.client] && client?.typesModule == "PetStoreAPI")
    }

    @Test(
        "What a configuration cannot say is refused where it stands",
        arguments: [
            ("- a", "openapi-generator.yaml:1:1: error: the configuration is a mapping, not a sequence"),
            (
                "emit: [types]\nacces: public",
                "openapi-generator.yaml:2:1: error: the configuration knows 'emit' and 'types', not 'acces'"
            ),
            (
                "emit: []",
                "openapi-generator.yaml:1:7: error: 'emit' is a list of types, server and client, at least one"
            ),
            (
                "emit: all",
                "openapi-generator.yaml:1:7: error: 'emit' is a list of types, server and client, at least one"
            ),
            (
                "emit: [types, clients]",
                "openapi-generator.yaml:1:15: error: what can be emitted is types, server and client, not 'clients'"
            ),
            (
                "emit: [client]",
                "openapi-generator.yaml:1:1: error: without 'types' among what to emit, 'types' has to name the module that has them"
            ),
            (
                "types: PetStore",
                "openapi-generator.yaml:1:1: error: 'types' names a module that has the types, which are emitted here too"
            ),
            (
                "emit: [client]\ntypes: 'a b'",
                "openapi-generator.yaml:2:8: error: 'types' is the name of a Swift module"
            ),
            (
                "emit: [",
                "openapi-generator.yaml:2:1: error: while parsing a flow node, did not find expected node content"
            ),
        ])
    func invalid(text: String, message: String) {
        let (configuration, messages) = Self.parse(text)
        #expect(configuration == nil)
        #expect(messages.contains(message), "\(messages)")
    }

    @Test("What is not asked for is empty, and what stands on other types imports them")
    func parts() throws {
        let document = GeneratorTests.document(schema: "{type: string}")
        var configuration = Configuration()
        configuration.parts = [.client]
        configuration.typesModule = "Things"
        let result = Generator.generate(document, file: "openapi.yaml", configuration: configuration)
        let files = try #require(result.files)
        for file in files where file.name != "Client.swift" {
            #expect(file.text.hasPrefix("// openapi-generator.yaml does not ask for the "), "\(file.name)")
        }
        let client = try #require(files.first { $0.name == "Client.swift" })
        #expect(client.text.contains("\npublic import Things\n"))
        #expect(client.text.contains("public func listThings("))
    }
}
