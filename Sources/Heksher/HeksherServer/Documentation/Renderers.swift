public import Configuration
import FoundationEssentials
public import HTTPGuard

/// Swagger UI and Redoc, as `make pages` prepares them. They are not part of the program.
public struct Renderers: Sendable {
    let assets: [DocumentationAsset]
    /// The directory from which they were read.
    let directory: String

    private static let required = ["redoc.standalone.js", "swagger-ui-bundle.js", "swagger-ui.css"]

    /// Reads the files of a directory.
    ///
    /// - Throws: ``ConfigurationError`` if a file that the pages need is missing.
    init(directory: String) throws(ConfigurationError) {
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

    /// Reads the directory that `HEKSHER_PAGES_DIR` names, or else the first of the usual directories that has all files; `nil` if none
    /// has.
    ///
    /// - Throws: ``ConfigurationError`` if the named directory does not have all files.
    public static func find(_ environment: ConfigReader) throws(ConfigurationError) -> Renderers? {
        if let directory = try environment.text(.pagesDirectory) {
            do {
                return try Renderers(directory: directory)
            } catch {
                throw ConfigurationError("\(EnvironmentVariable.pagesDirectory.name): \(error)")
            }
        }
        return usualPlaces.lazy.compactMap { try? Renderers(directory: $0) }.first
    }

    /// `share/heksher/pages` beside the `bin` of the program, and the directory to which `make pages` writes.
    private static var usualPlaces: [String] {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let top = program.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        return ["\(top)/share/heksher/pages", ".pages"]
    }
}
