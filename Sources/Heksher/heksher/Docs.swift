import ArgumentParser
import Configuration
import DocumentationPages
import HTTPGuard
import HeksherServer

struct Docs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the documentation of the API as a static site.",
        discussion: """
            The site has the contract as pages to read (index.html, docs.html with Swagger UI, redoc.html with Redoc) and as \
            a document (openapi.yaml, openapi.json). Nothing in it refers to anything outside: it can be opened from the disk, \
            and served by any web server at any path. No database is needed.

              heksher docs --output site

            \(EnvironmentVariable.help(for: .docs))
            """)

    @Option(
        name: .shortAndLong,
        help: "The directory to write to. It is made if it is missing; files of the same names are overwritten.",
        completion: .directory)
    var output: String

    func run() async throws {
        guard let renderers = try Renderers.find(.environment) else {
            throw ConfigurationError(
                "Swagger UI and Redoc are not here: run 'make pages' in the source's directory, or let HEKSHER_PAGES_DIR name "
                    + "the directory that this makes")
        }
        let site = try StaticSite(of: .heksher, renderers)
        try WrittenFile.makeDirectories("\(output)/assets")
        let files = site.files
        try await Progress.during("Writing \(output)") { progress in
            for (index, file) in files.enumerated() {
                progress.reach("\(index) of \(files.count) files")
                try WrittenFile.write(file.body, to: "\(output)/\(file.path)")
            }
        }
        try show("\(output)/index.html is the first of \(files.count) files.")
    }
}
