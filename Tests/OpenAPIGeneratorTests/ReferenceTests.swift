import Foundation
import OpenAPIGenerator
import Testing

/// What the generator makes of one broad document, file by file, as it is in `Reference`.
///
/// `UPDATE_REFERENCES=1 swift test --filter ReferenceTests` writes the files anew; the diff then tells what has changed.
@Suite struct ReferenceTests {
    static let document = GeneratorTests.root.appending(path: "Tests/GeneratedCodeTests/openapi.yaml")
    static let folder = GeneratorTests.root.appending(path: "Tests/OpenAPIGeneratorTests/Reference")

    @Test("The files are those of the reference")
    func files() throws {
        let result = Generator.generate(Array(try Data(contentsOf: Self.document)), file: "openapi.yaml")
        #expect(result.diagnostics == [])
        let files = try #require(result.files)
        if ProcessInfo.processInfo.environment["UPDATE_REFERENCES"] != nil {
            for file in files { try Data(file.text.utf8).write(to: Self.folder.appending(path: "\(file.name).txt")) }
        }
        for file in files {
            let reference = try String(contentsOf: Self.folder.appending(path: "\(file.name).txt"), encoding: .utf8)
            // The first line that differs says more than two files do.
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            let wanted = reference.split(separator: "\n", omittingEmptySubsequences: false)
            for (line, want) in zip(lines, wanted) where line != want {
                Issue.record("\(file.name): '\(line)' instead of '\(want)'")
                break
            }
            #expect(lines.count == wanted.count, "\(file.name)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
        #expect(Set(names) == Set(files.map { "\($0.name).txt" }))
    }
}
