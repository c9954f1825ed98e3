import Foundation
import Testing

@Suite(.timeLimit(.minutes(20))) struct DocsTests {
    @Test("'docs' writes a site without external references, also into an existing folder")
    func site() async throws {
        let pages = try PreparedPages()
        let directory = "\(pages.directory)/site/api"
        for _ in 1...2 {
            let ended = try await HeksherCommand.run(
                "docs", "--output", directory, variables: ["HEKSHER_PAGES_DIR": pages.directory])
            #expect(ended.status == 0 && ended.output.contains("index.html"), "\(ended.error)")
        }
        let files = try #require(FileManager.default.enumerator(atPath: directory)).compactMap { $0 as? String }
        for page in ["index.html", "docs.html", "redoc.html"] {
            let text = try String(contentsOfFile: "\(directory)/\(page)", encoding: .utf8)
            let references = text.matches(of: /(?:href|src)="([^"#]*)/).map { String($0.1) }
            #expect(references.count > 5)
            for reference in references { #expect(files.contains(reference), "\(page) refers to \(reference)") }
        }
        #expect(files.contains("assets/\(PreparedPages.style)") && files.contains("assets/redoc.LICENSE.txt"))
        let contract = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../openapi.yaml")
        #expect(try Data(contentsOf: contract) == Data(contentsOf: URL(filePath: "\(directory)/openapi.yaml")))
        let script = try #require(files.first { $0.hasPrefix("assets/openapi.") })
        let document = try String(contentsOfFile: "\(directory)/openapi.json", encoding: .utf8)
        #expect(try String(contentsOfFile: "\(directory)/\(script)", encoding: .utf8) == "window.openapi = \(document)")
    }

    @Test("'docs' names the path that it cannot write")
    func unwritable() async throws {
        let pages = try PreparedPages()
        let ended = try await HeksherCommand.run(
            "docs", "--output", "/dev/null/site", variables: ["HEKSHER_PAGES_DIR": pages.directory])
        #expect(ended.status == 1)
        #expect(ended.error.hasPrefix("heksher: cannot write /dev/null/"), "\(ended.error)")
    }
}
