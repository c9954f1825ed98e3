import Foundation
import OpenAPIGenerator
import Testing

/// What the generator makes of one broad document, file by file, as it is in `Reference`.
///
/// `UPDATE_REFERENCES=1 swift test --filter ReferenceTests` writes the files anew; the diff then tells what has changed.
@Suite struct ReferenceTests {
    @Test(
        "The files are those of the reference",
        arguments: [("GeneratedCodeTests", "Reference"), ("GeneratedOperationsTests", "OperationsReference")])
    func files(target: String, folder: String) throws {
        let tests = GeneratorTests.root.appending(path: "Tests")
        let document = tests.appending(path: "\(target)/openapi.yaml")
        let folder = tests.appending(path: "OpenAPIGeneratorTests/\(folder)")
        let result = Generator.generate(Array(try Data(contentsOf: document)), file: "openapi.yaml")
        #expect(result.diagnostics == [])
        let files = try #require(result.files)
        if ProcessInfo.processInfo.environment["UPDATE_REFERENCES"] != nil {
            for file in files { try Data(file.text.utf8).write(to: folder.appending(path: "\(file.name).txt")) }
        }
        for file in files {
            let reference = try String(contentsOf: folder.appending(path: "\(file.name).txt"), encoding: .utf8)
            // The first line that differs says more than two files do.
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            let wanted = reference.split(separator: "\n", omittingEmptySubsequences: false)
            for (line, want) in zip(lines, wanted) where line != want {
                Issue.record("\(file.name): '\(line)' instead of '\(want)'")
                break
            }
            #expect(lines.count == wanted.count, "\(file.name)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path())
        #expect(Set(names) == Set(files.map { "\($0.name).txt" }))
    }
}
