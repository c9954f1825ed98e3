import ArgumentParser
import OpenAPIDocument
import OpenAPIGenerator

@main
struct OpenAPIGenerate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi-generate",
        abstract: "Makes Swift of an OpenAPI document.",
        discussion: """
            Reads an OpenAPI document in YAML or JSON and writes Swift files: the types of its bodies with their JSON \
            coding and validation, a protocol for the operations of each tag, the routes to what implements them, a \
            client, and the document itself. What the generator does not support is refused, with its place in the \
            document:

              openapi.yaml:12:9: error: the format 'uuid' of strings is not supported

            A configuration says what to write, if not all of it:

              emit: [types, server]   # of types, server and client

              emit: [client]          # for the types of another module
              types: PetStoreAPI

            The exit status is 1 when the document or the configuration has errors, 66 when one of them cannot be read, \
            73 when a file cannot be written.
            """)

    @Argument(help: ArgumentHelp("The OpenAPI document.", valueName: "document"))
    var document: String

    @Option(name: .shortAndLong, help: "The directory for the files, which must exist.")
    var output: String

    @Option(name: .shortAndLong, help: ArgumentHelp("What to write: a configuration in YAML.", valueName: "file"))
    var config: String?

    func run() throws {
        var configuration = Configuration()
        if let config {
            let parsed = Configuration.parse(try read(config), file: config)
            for diagnostic in parsed.diagnostics { File.writeToStandardError("\(diagnostic)") }
            guard let parsed = parsed.configuration else { throw ExitCode.failure }
            configuration = parsed
        }
        let result = Generator.generate(
            try read(document), file: document, configuration: configuration, reading: File.read)
        for diagnostic in result.diagnostics { File.writeToStandardError("\(diagnostic)") }
        guard let files = result.files else { throw ExitCode.failure }
        do {
            for file in files { try File.write(file.text, to: "\(output)/\(file.name)") }
        } catch {
            File.writeToStandardError("error: \(error)")
            throw ExitCode(73)
        }
    }

    private func read(_ path: String) throws -> [UInt8] {
        do {
            return try File.read(path)
        } catch {
            File.writeToStandardError("error: \(error)")
            throw ExitCode(66)
        }
    }
}
