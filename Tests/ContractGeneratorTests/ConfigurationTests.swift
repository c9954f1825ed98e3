import ContractGenerator
import Testing

@Suite struct ConfigurationTests {
    private static func parse(_ text: String) -> (configuration: Configuration?, messages: [String]) {
        let parsed = Configuration.parse(Array(text.utf8), file: "openapi-generator.yaml")
        return (parsed.configuration, parsed.diagnostics.map(\.description))
    }

    @Test("The configuration selects the parts to emit and the module of the types")
    func valid() {
        #expect(Self.parse("emit: [types, server]").configuration?.parts == [.types, .server])
        let client = Self.parse("emit: [client]\ntypes: PetStoreAPI").configuration
        #expect(client?.parts == [.client] && client?.typesModule == "PetStoreAPI")
    }

    @Test(
        "Invalid configurations are refused with a position",
        arguments: [
            ("- a", "openapi-generator.yaml:1:1: error: the configuration is a mapping, not a sequence"),
            (
                "emit: [types]\nacces: public",
                "openapi-generator.yaml:2:1: error: the configuration knows 'access', 'emit', 'types', 'formats', 'conformances', 'names', 'operations', 'schemas', 'streams', 'diagnostics' and 'strict', not 'acces'\nopenapi-generator.yaml:2:1: note: there is 'access'"
            ),
            (
                "emit: []",
                "openapi-generator.yaml:1:7: error: 'emit' is a list of 'types', 'server' and 'client', at least one"
            ),
            (
                "emit: all",
                "openapi-generator.yaml:1:7: error: 'emit' is a list of 'types', 'server' and 'client', at least one"
            ),
            (
                "emit: [types, clients]",
                "openapi-generator.yaml:1:15: error: what can be emitted is one of 'types', 'server' and 'client', not 'clients'\nopenapi-generator.yaml:1:15: note: there is 'client'"
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
                "formats: date",
                "openapi-generator.yaml:1:10: error: 'formats' is a list of 'date' and 'date-time', at least one"
            ),
            (
                "conformances: Codable",
                "openapi-generator.yaml:1:15: error: 'conformances' is a list of protocols: [Codable]"
            ),
            (
                "formats: [datetime]",
                "openapi-generator.yaml:1:11: error: a format that has a type is one of 'date' and 'date-time', not 'datetime'\nopenapi-generator.yaml:1:11: note: there is 'date-time'"
            ),
            (
                "emit: [client]\ntypes: 'a b'",
                "openapi-generator.yaml:2:8: error: 'types' is the name of a Swift module"
            ),
            (
                "access: Public",
                "openapi-generator.yaml:1:9: error: 'access' is one of 'public', 'package' and 'internal', not 'Public'\nopenapi-generator.yaml:1:9: note: there is 'public'"
            ),
            (
                "names: {types: {a: pet}}",
                "openapi-generator.yaml:1:20: error: a name in Swift begins with a capital letter here, and has letters and digits alone"
            ),
            (
                "names: {operations: {a: 'b c'}}",
                "openapi-generator.yaml:1:25: error: a name in Swift begins with a small letter here, and has letters and digits alone"
            ),
            ("operations: {ids: a}", "openapi-generator.yaml:1:19: error: 'ids' is a list, with one element at least"),
            (
                "operations: {except: {tags: [1]}}",
                "openapi-generator.yaml:1:30: error: expecting a string, not a number"
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

    /// A document with two operations and a schema.
    private static let pets = """
        openapi: 3.1.0
        info: {title: Pets, version: "1"}
        paths:
          /pets:
            get: {operationId: list_pets, tags: [pets], responses: {"204": {description: d}}}
          /pets/all:
            delete: {operationId: clear, tags: [pets], responses: {"204": {description: d}}}
          /health:
            get: {operationId: health, tags: [other], responses: {"204": {description: d}}}
        components:
          schemas:
            pet_record: {type: object, properties: {kind_of: {type: string}}}
        """

    private static func generate(_ configuration: String) throws -> Generator.Result {
        let parsed = parse(configuration)
        return Generator.generate(
            Array(pets.utf8), file: "openapi.yaml",
            configuration: try #require(parsed.configuration, "\(parsed.messages)"))
    }

    private static func file(_ name: String, _ configuration: String) throws -> String {
        let result = try generate(configuration)
        return try #require(result.files?.first { $0.name == name }, "\(result.diagnostics.map(\.description))").text
    }

    @Test("Names from the configuration replace the names that are derived from the document")
    func names() throws {
        let configuration =
            "names: {types: {pet_record: Pet}, operations: {list_pets: pets}, properties: {pet_record.kind_of: class}}"
        #expect(try Self.file("Schemas.swift", configuration).contains("public var `class`: String?"))
        #expect(try Self.file("Schemas.swift", configuration).contains("public struct Pet: "))
        #expect(try Self.file("SchemaCoding.swift", configuration).contains("\"kind_of\""))
        #expect(try Self.file("Server.swift", configuration).contains("func pets(_ input: Pets.Input)"))
        // At run time, an operation is identified by its id in the document.
        #expect(try Self.file("Server.swift", configuration).contains("\"list_pets\""))
    }

    @Test(
        "The configuration selects operations by tag, path and id",
        arguments: [
            ("operations: {tags: [pets]}", "clear list_pets"), ("operations: {paths: [/pets/*]}", "clear"),
            ("operations: {paths: [/pets], ids: [health]}", "health list_pets"),
            ("operations: {except: {tags: [other], ids: [clear]}}", "list_pets"),
        ])
    func operations(configuration: String, ids: String) throws {
        let server = try Self.file("Server.swift", configuration)
        let found = ["clear", "health", "list_pets"].filter { server.contains("\"\($0)\"") }
        #expect(found.joined(separator: " ") == ids)
    }

    @Test(
        "A name in the configuration that the document lacks is an error in the configuration",
        arguments: [
            ("names: {types: {pet: Pet}}", "1:17: error: the document has no schema 'pet'"),
            (
                "names: {operations: {listpets: pets}}",
                "1:22: error: the document has no operation 'listpets'\nopenapi-generator.yaml:1:22: note: there is 'list_pets'"
            ),
            (
                "names: {properties: {pet_record.kind: kind}}",
                "1:22: error: the document has no property 'pet_record.kind'\nopenapi-generator.yaml:1:22: note: there is 'pet_record.kind_of'"
            ),
            (
                "operations: {tags: [pet]}",
                "1:21: error: the document has no operation with the tag 'pet'\nopenapi-generator.yaml:1:21: note: there is 'pets'"
            ),
            (
                "operations: {except: {paths: [/pet]}}",
                "1:31: error: the document has no path '/pet'\nopenapi-generator.yaml:1:31: note: there is '/pets'"
            ),
        ])
    func complaints(configuration: String, message: String) throws {
        let result = try Self.generate(configuration)
        #expect(result.files == nil)
        #expect(result.diagnostics.map(\.description) == ["openapi-generator.yaml:" + message])
    }

    @Test("All declarations have the configured access level", arguments: ["internal", "package"])
    func access(level: String) throws {
        let files = try #require(try Self.generate("access: \(level)").files)
        for file in files {
            let lines = file.text.split(separator: "\n").filter {
                !$0.contains("static let document") && $0 != "public import ContractRuntime"
            }
            #expect(!lines.contains { $0.contains("public ") }, "\(file.name)")
        }
        #expect(try Self.file("Schemas.swift", "access: \(level)").contains("\(level) struct PetRecord: "))
    }

    @Test("Parts that are not configured stay empty, and the client imports the configured types module")
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
