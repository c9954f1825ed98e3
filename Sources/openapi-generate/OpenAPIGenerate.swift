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
            coding and validation, a protocol for the operations of each tag, the routes to what implements them, and \
            the document itself. What the generator does not support is refused, with its place in the document:

              openapi.yaml:12:9: error: the format 'uuid' of strings is not supported

            The exit status is 1 when the document has errors, 66 when it cannot be read, 73 when a file cannot be written.
            """)

    @Argument(help: ArgumentHelp("The OpenAPI document.", valueName: "document"))
    var document: String

    @Option(name: .shortAndLong, help: "The directory for the files, which must exist.")
    var output: String

    func run() throws {
        let text: [UInt8]
        do {
            text = try File.read(document)
        } catch {
            File.writeToStandardError("error: \(error)")
            throw ExitCode(66)
        }
        let result = Generator.generate(text, file: document)
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
