import ArgumentParser
import ContractGenerator

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes Swift files: types, server, client.",
        discussion: """
            Writes the types of a document's bodies with their JSON coding and validation, a protocol for the operations of \
            each tag, the routes to its implementation, a client, and the document itself. Files whose content stays the same \
            are not written. If the document uses something that the generator does not support, nothing is written.

            A configuration selects a part of this:

              emit: [types, server]   # of types, server and client

              emit: [client]          # for the types of another module
              types: PetStoreAPI

            docs/generator/configuration.md describes the rest.

            Examples:

              openapi-generate generate openapi.yaml --output Sources/PetStore/Generated
              openapi-generate generate openapi.yaml --output out --config openapi-generator.yaml
            """)

    @Argument(help: ArgumentHelp("The OpenAPI document.", valueName: "document"))
    var document: String

    @Option(name: .shortAndLong, help: "The directory for the files, which must exist.")
    var output: String

    @OptionGroup var configured: Configured

    @Flag(help: "Treat warnings as errors.")
    var strict = false

    func run() throws {
        var configuration = try configured.configuration()
        if strict { configuration.isStrict = true }
        let result = Generator.generate(
            try File.readOrExit(document), file: document, configuration: configuration, reading: File.read)
        for diagnostic in result.diagnostics { File.writeToStandardError("\(diagnostic)") }
        guard let files = result.files else { throw ExitCode.failure }
        do {
            for file in files { try File.write(file.text, to: "\(output)/\(file.name)") }
        } catch {
            File.writeToStandardError("error: \(error)")
            throw ExitCode(73)
        }
    }
}

/// The option that names a configuration.
struct Configured: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A configuration in YAML, which selects what to generate.", valueName: "file"))
    var config: String?

    /// The configuration that the option names, or the default. If the configuration has errors, it ends the program.
    func configuration() throws -> Configuration {
        guard let config else { return Configuration() }
        let parsed = Configuration.parse(try File.readOrExit(config), file: config)
        for diagnostic in parsed.diagnostics { File.writeToStandardError("\(diagnostic)") }
        guard let configuration = parsed.configuration else { throw ExitCode.failure }
        return configuration
    }
}
