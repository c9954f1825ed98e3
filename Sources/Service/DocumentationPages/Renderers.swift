import FoundationEssentials
package import HTTPGuard

/// Swagger UI and Redoc, as `make pages` prepares them. They are not part of the program.
public struct Renderers: Sendable {
    let assets: [DocumentationAsset]
    /// The directory from which they were read.
    package let directory: String

    private static let required = ["redoc.standalone.js", "swagger-ui-bundle.js", "swagger-ui.css"]

    /// Reads the files of a directory.
    ///
    /// - Throws: ``ConfigurationError`` if a file that the pages need is missing.
    package init(directory: String) throws(ConfigurationError) {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        var assets: [DocumentationAsset] = []
        for file in files.sorted() {
            guard let body = FileManager.default.contents(atPath: "\(directory)/\(file)"),
                let asset = DocumentationAsset(preparedFileName: file, Array(body))
            else { continue }
            assets.append(asset)
        }
        for name in Self.required where !assets.contains(where: { $0.name == name && $0.fileName != name }) {
            throw ConfigurationError("the directory '\(directory)' lacks \(name): 'make pages' fetches it")
        }
        self.assets = assets
        self.directory = directory
    }

    /// The files of the first of the usual directories that has all of them: `share/PROGRAM/pages` beside the `bin` of the program, and the
    /// directory to which `make pages` writes; `nil` if none has.
    ///
    /// - Parameter program: the name of the program.
    package static func find(for program: String) -> Renderers? {
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let top = path.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        return ["\(top)/share/\(program)/pages", ".pages"].lazy.compactMap { try? Renderers(directory: $0) }.first
    }
}
