import ContractJSON
import Foundation
import Testing

/// The parsing cases of JSONTestSuite. They are skipped if the suite is not installed beside the project.
@Suite struct JSONTestSuiteTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/json-test-suite")

    static let files: [URL] = {
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        if files == nil { print("JSONTestSuite is not at \(folder.path()); its cases are left out") }
        return (files ?? []).filter { $0.pathExtension == "json" }
    }()

    static func files(_ prefix: String) -> [URL] { files.filter { $0.lastPathComponent.hasPrefix(prefix) } }

    @Test("JSONTestSuite's valid texts are accepted, and their text is kept", arguments: files("y_"))
    func accepted(file: URL) throws {
        let bytes = Array(try Data(contentsOf: file))
        let value = try JSONValue(parsing: bytes)
        #expect(Array(value.bytes) == Array(String(decoding: bytes, as: UTF8.self).trimmingWhiteSpace.utf8))
        #expect(value == (try JSONValue(parsing: value.compacted().text)))
    }

    @Test("JSONTestSuite's invalid texts are refused", arguments: files("n_"))
    func refused(file: URL) throws {
        let bytes = Array(try Data(contentsOf: file))
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test("JSONTestSuite's texts that may be accepted or refused do not crash the parser", arguments: files("i_"))
    func either(file: URL) throws {
        let bytes = Array(try Data(contentsOf: file))
        _ = try? JSONValue(parsing: bytes)
    }
}

extension String {
    fileprivate var trimmingWhiteSpace: String { trimmingCharacters(in: CharacterSet(charactersIn: " \t\r\n")) }
}
