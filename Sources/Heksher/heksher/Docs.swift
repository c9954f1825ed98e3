import ArgumentParser
import Configuration
import HeksherServer
import PosixSupport

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
        help: "The directory to write to. It is made if it is missing; files of the same names are overwritten.")
    var output: String

    func run() async throws {
        guard let renderers = try Renderers.find(.environment) else {
            throw ConfigurationError(
                "Swagger UI and Redoc are not here: run 'make pages' in the source's directory, or let HEKSHER_PAGES_DIR name "
                    + "the directory that this makes")
        }
        let site = try StaticSite(renderers)
        try makeDirectories("\(output)/assets")
        for file in site.files { try write(file.body, to: "\(output)/\(file.path)") }
        try show("\(output)/index.html is the first of \(site.files.count) files.")
    }

    /// Creates a directory, and missing directories above it.
    private func makeDirectories(_ path: String) throws {
        var made = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            made += "\(name)/"
            guard mkdir(made, 0o777) == 0 || errno == EEXIST else { throw WriteError.last(made) }
        }
    }

    private func write(_ body: [UInt8], to path: String) throws {
        guard let file = fopen(path, "wb") else { throw WriteError.last(path) }
        let count = fwrite(body, 1, body.count, file)
        guard fclose(file) == 0, count == body.count else { throw WriteError.last(path) }
    }
}

/// The reason why a file could not be written.
private struct WriteError: Error, CustomStringConvertible {
    var description: String

    static func last(_ path: String) -> WriteError {
        WriteError(description: "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
