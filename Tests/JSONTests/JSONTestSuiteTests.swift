import Foundation
import JSON
import Testing

/// The parsing cases of JSONTestSuite, which stand beside the project where they are at hand.
@Suite struct JSONTestSuiteTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/json-test-suite")

    static let files: [URL] = {
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        if files == nil { print("JSONTestSuite is not at \(folder.path()); its cases are left out") }
        return (files ?? []).filter { $0.pathExtension == "json" }
    }()

    static func files(_ prefix: String) -> [URL] { files.filter { $0.lastPathComponent.hasPrefix(prefix) } }

    @Test("What must be accepted is, and its text is kept", arguments: files("y_"))
    func accepted(file: URL) throws {
        let bytes = Array(try Data(contentsOf: file))
        let value = try JSONValue(parsing: bytes)
        #expect(Array(value.bytes) == Array(String(decoding: bytes, as: UTF8.self).trimmingWhiteSpace.utf8))
        #expect(value == (try JSONValue(parsing: value.compacted().text)))
    }

    @Test("What must be refused is", arguments: files("n_"))
    func refused(file: URL) throws {
        let bytes = Array(try Data(contentsOf: file))
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test("What may be either crashes nothing", arguments: files("i_"))
    func either(file: URL) throws {
        let bytes = Array(try Data(contentsOf: file))
        _ = try? JSONValue(parsing: bytes)
    }
}

extension String {
    fileprivate var trimmingWhiteSpace: String { trimmingCharacters(in: CharacterSet(charactersIn: " \t\r\n")) }
}
