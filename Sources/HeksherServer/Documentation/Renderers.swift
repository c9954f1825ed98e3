public import Configuration
import FoundationEssentials

/// Swagger UI and Redoc, as `make pages` prepares them: they are no part of the program.
public struct Renderers: Sendable {
    let assets: [DocumentationAsset]

    private static let required = ["redoc.standalone.js", "swagger-ui-bundle.js", "swagger-ui.css"]

    /// Reads the files of a directory.
    ///
    /// - Throws: ``ConfigurationError`` if one that the pages need is missing.
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
    }

    /// Reads the directory that `HEKSHER_PAGES_DIR` names, else the first of the usual places that has what is needed; `nil`
    /// if none has.
    ///
    /// - Throws: ``ConfigurationError`` if the directory that is named does not have it.
    public static func find(_ environment: ConfigReader) throws(ConfigurationError) -> Renderers? {
        if let directory = environment.text("HEKSHER_PAGES_DIR") {
            do {
                return try Renderers(directory: directory)
            } catch {
                throw ConfigurationError("HEKSHER_PAGES_DIR: \(error)")
            }
        }
        return usualPlaces.lazy.compactMap { try? Renderers(directory: $0) }.first
    }

    /// `share/heksher/pages` beside the `bin` that the program is in, and where `make pages` writes.
    private static var usualPlaces: [String] {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let top = program.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        return ["\(top)/share/heksher/pages", ".pages"]
    }
}
