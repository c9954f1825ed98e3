import Foundation
import PackagePlugin

/// Generates Swift from `openapi.yaml` in the target's own folder or at the top of the package. `openapi-generator.yaml` in the
/// target's folder selects what to generate; without it, the plugin generates everything.
@main
struct ContractGeneratorPlugin: BuildToolPlugin {
    struct MissingDocument: Error, CustomStringConvertible {
        var target: String
        var description: String {
            "the target \(target) has no openapi.yaml in its folder, and there is none at the top of the package"
        }
    }

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let candidates = [target.directoryURL, context.package.directoryURL].map { $0.appending(path: "openapi.yaml") }
        guard let document = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path()) }) else {
            throw MissingDocument(target: target.name)
        }
        let output = context.pluginWorkDirectoryURL
        let files = [
            "Schemas", "SchemaCoding", "Patterns", "Responses", "Operations", "OperationCoding", "Security", "Server",
            "Document", "Client",
        ]
        let configuration = [target.directoryURL.appending(path: "openapi-generator.yaml")]
            .filter { FileManager.default.fileExists(atPath: $0.path()) }
        return [
            .buildCommand(
                displayName: "Generating Swift from \(document.lastPathComponent) for \(target.name)",
                executable: try context.tool(named: "openapi-generate").url,
                arguments: ["generate", document.path(), "--output", output.path()]
                    + configuration.flatMap { ["--config", $0.path()] },
                inputFiles: DocumentFiles.all(of: document) + configuration,
                outputFiles: files.map { output.appending(path: "\($0).swift") })
        ]
    }
}
