import ContractGenerator
import Foundation
import Testing

/// Documents as vendors and frameworks write them, each with one kind of problem. The first line of a document states
/// the required result. Its last lines state the result for this test:
///
///     # configuration: emit: [types, client]
///     # warning: 7:23: warning: the pattern is not checked
///     # note: 'page_size' is 'page_size' in Swift
///     # error: 10:11: error: the parameter 'limit' in query stands at line 9 already
///     # swift: public var id: Int
@Suite struct DocumentTests {
    /// A document of `Documents` with its expected result.
    struct Sample: CustomTestStringConvertible {
        var name: String
        var text: String

        var testDescription: String { name }

        /// The document without the lines for the test, because emitted code contains the document.
        var document: String {
            let keys = ["configuration", "warning", "note", "error", "swift", "no swift"]
            return text.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { line in !keys.contains { line.hasPrefix("# \($0): ") } }.joined(separator: "\n")
        }

        /// The values of the lines that have this key.
        func lines(_ key: String) -> [String] {
            text.split(separator: "\n").compactMap { line in
                line.hasPrefix("# \(key): ") ? String(line.dropFirst(key.count + 4)) : nil
            }
        }

        func generate() throws -> Generator.Result {
            let lines = lines("configuration").joined(separator: "\n")
            let parsed = Configuration.parse(Array((lines.isEmpty ? "{}" : lines).utf8), file: "openapi-generator.yaml")
            let configuration = try #require(parsed.configuration, "\(parsed.diagnostics.map(\.description))")
            return Generator.generate(Array(document.utf8), file: "\(name).yaml", configuration: configuration)
        }
    }

    static func samples(_ folder: String) -> [Sample] {
        let folder = GeneratorTests.root.appending(path: "Tests/ContractGeneratorTests/Documents/\(folder)")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "yaml" }.sorted { $0.path() < $1.path() }.compactMap { file in
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
            return Sample(name: file.deletingPathExtension().lastPathComponent, text: text)
        }
    }

    @Test("Positive documents are accepted with the warnings and notes they state", arguments: samples("positive"))
    func positive(sample: Sample) throws {
        let result = try sample.generate()
        let messages = result.diagnostics.map(\.description)
        let files = try #require(result.files, "\(messages)")
        for (key, severity) in [("warning", ": warning: "), ("note", ": note: ")] {
            let found = result.diagnostics.map { "\($0)" }.filter { $0.split(separator: "\n")[0].contains(severity) }
            let expected = sample.lines(key)
            #expect(found.count == expected.count, "\(found)")
            for text in expected { #expect(found.contains { $0.contains(text) }, "\(text)\n\(found)") }
        }
        let code = files.map(\.text).joined()
        for text in sample.lines("swift") { #expect(code.contains(text), "\(text)") }
        for text in sample.lines("no swift") { #expect(!code.contains(text), "\(text)") }
    }

    @Test("Negative documents are refused with exactly the errors that they state", arguments: samples("negative"))
    func negative(sample: Sample) throws {
        let result = try sample.generate()
        #expect(result.files == nil)
        let found = result.diagnostics.filter { $0.severity == .error }.map(\.description)
        #expect(found == sample.lines("error").map { "\(sample.name).yaml:\($0)" })
    }

    @Test("The Swift emitted for all positive documents compiles without warnings")
    func compiles() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "documents-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var folders: [(name: String, files: [URL])] = []
        for sample in Self.samples("positive") {
            let files = try #require(try sample.generate().files, "\(sample.name)")
            folders.append((sample.name, try SwiftCompiler.write(files, to: folder.appending(path: sample.name))))
        }
        #expect(folders.count > 60)
        for (name, messages) in try SwiftCompiler.check(folders) {
            Issue.record("\(name): \(messages.prefix(2000))")
        }
    }
}
