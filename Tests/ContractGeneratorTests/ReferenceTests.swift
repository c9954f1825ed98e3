import ContractGenerator
import Foundation
import Testing

/// Compares the generator's output for one broad document, file by file, with the files of `Reference`.
///
/// `UPDATE_REFERENCES=1 swift test --filter ReferenceTests` writes the files again; the diff then shows what has
/// changed.
@Suite struct ReferenceTests {
    static let folder = GeneratorTests.root.appending(path: "Tests/ContractGeneratorTests/Reference")

    @Test("All files of the broad document equal the reference")
    func files() throws {
        try Self.compare("GeneratedCodeTests", Self.folder) { _ in true }
    }

    @Test("The types for all keywords of schemas equal the reference")
    func schemas() throws {
        try Self.compare("GeneratedSchemasTests", Self.folder.appending(path: "Schemas")) { file in
            ["Schemas.swift", "SchemaCoding.swift", "Patterns.swift"].contains(file.name)
        }
    }

    @Test("All files for operations equal the reference")
    func operations() throws {
        let folder = GeneratorTests.root.appending(path: "Tests/ContractGeneratorTests/OperationsReference")
        try Self.compare("GeneratedOperationsTests", folder) { _ in true }
    }

    /// - Parameter target: the target that is generated from the document.
    private static func compare(
        _ target: String, _ folder: URL, _ isCompared: (Generator.File) -> Bool
    ) throws {
        let document = GeneratorTests.root.appending(path: "Tests/\(target)/openapi.yaml")
        let file = GeneratorTests.root.appending(path: "Tests/\(target)/openapi-generator.yaml")
        let configured = (try? Data(contentsOf: file)).map {
            Configuration.parse(Array($0), file: "openapi-generator.yaml")
        }
        let result = Generator.generate(
            Array(try Data(contentsOf: document)), file: "openapi.yaml",
            configuration: try configured.map { try #require($0.configuration) } ?? Configuration())
        #expect(result.diagnostics.filter { $0.severity != .note } == [])
        let files = try #require(result.files).filter(isCompared)
        if ProcessInfo.processInfo.environment["UPDATE_REFERENCES"] != nil {
            for file in files { try Data(file.text.utf8).write(to: folder.appending(path: "\(file.name).txt")) }
        }
        for file in files {
            let reference = try String(contentsOf: folder.appending(path: "\(file.name).txt"), encoding: .utf8)
            // The first line that differs is easier to read than two whole files.
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            let wanted = reference.split(separator: "\n", omittingEmptySubsequences: false)
            for (line, want) in zip(lines, wanted) where line != want {
                Issue.record("\(file.name): '\(line)' instead of '\(want)'")
                break
            }
            #expect(lines.count == wanted.count, "\(file.name)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(".txt") }
        #expect(Set(names) == Set(files.map { "\($0.name).txt" }))
    }
}
