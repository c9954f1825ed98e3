public import Configuration
public import DocumentationPages
public import HTTPGuard

extension Renderers {
    /// Reads the directory that `HEKSHER_PAGES_DIR` names, or else the first of the usual directories that has all files; `nil` if none
    /// has.
    ///
    /// - Throws: ``ConfigurationError`` if the named directory does not have all files.
    public static func find(_ environment: ConfigReader) throws(ConfigurationError) -> Renderers? {
        guard let directory = try environment.text(.pagesDirectory) else { return find(for: "heksher") }
        do {
            return try Renderers(directory: directory)
        } catch {
            throw ConfigurationError("\(EnvironmentVariable.pagesDirectory.name): \(error)")
        }
    }
}
