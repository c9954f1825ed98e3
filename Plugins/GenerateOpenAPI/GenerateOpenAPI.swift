import Foundation
import PackagePlugin

/// `swift package generate-openapi`: writes Swift into the folder of each target that has a document, for packages that commit
/// generated code instead of generating it at each build.
@main
struct GenerateOpenAPI: CommandPlugin {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    static let help = """
        OVERVIEW: Writes Swift into the folder Generated of each target that has a document.

        A target has one if openapi.yaml or openapi-generator.yaml stands in its folder; the document may also stand at the top \
        of the package. Targets that use ContractGeneratorPlugin get the same at each build and are not to be named here.

        USAGE: swift package generate-openapi [--target <target> ...]

        OPTIONS:
          --target <target>   Write only for this target; may be repeated.
          --help              Show this text.
        """

    func performCommand(context: PluginContext, arguments: [String]) throws {
        var extractor = ArgumentExtractor(arguments)
        if extractor.extractFlag(named: "help") > 0 { return print(Self.help) }
        let names = extractor.extractOption(named: "target")
        if let other = extractor.remainingArguments.first {
            throw Failure(description: "'\(other)' is not an argument of generate-openapi; --help lists the arguments")
        }
        let all = context.package.targets
        for name in names where !all.contains(where: { $0.name == name }) {
            throw Failure(description: "the package has no target '\(name)'")
        }
        let targets = all.filter { names.isEmpty ? hasDocument($0) : names.contains($0.name) }
        guard !targets.isEmpty else {
            throw Failure(description: "no target has openapi.yaml or openapi-generator.yaml in its folder")
        }
        let tool = try context.tool(named: "openapi-generate").url
        for target in targets { try generate(for: target, of: context.package, by: tool) }
    }

    private func hasDocument(_ target: any Target) -> Bool {
        exists("openapi.yaml", in: target.directoryURL) || exists("openapi-generator.yaml", in: target.directoryURL)
    }

    private func exists(_ name: String, in folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: name).path())
    }

    private func generate(for target: any Target, of package: Package, by tool: URL) throws {
        let folders = [target.directoryURL, package.directoryURL]
        guard let folder = folders.first(where: { exists("openapi.yaml", in: $0) }) else {
            throw Failure(
                description:
                    "the target \(target.name) has no openapi.yaml in its folder, and there is none at the top "
                    + "of the package")
        }
        let output = target.directoryURL.appending(path: "Generated")
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = tool
        process.arguments = ["generate", folder.appending(path: "openapi.yaml").path(), "--output", output.path()]
        if exists("openapi-generator.yaml", in: target.directoryURL) {
            process.arguments? += ["--config", target.directoryURL.appending(path: "openapi-generator.yaml").path()]
        }
        try process.run()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw Failure(description: "nothing was generated for \(target.name)")
        }
        print("Generated \(output.path())")
    }
}
