import ContractJSON
import ContractSchema
import Foundation
import Testing

/// The cases for 2020-12 of the official JSON-Schema-Test-Suite
/// (<https://github.com/json-schema-org/JSON-Schema-Test-Suite>), except anchors, dynamic references, vocabularies and
/// schemas in other documents.
@Suite struct SuiteTests {
    static let files: [URL] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Suite")
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (files ?? []).filter { $0.pathExtension == "json" }
    }()

    /// The reason for which the pattern engine refuses expressions of the suite: it knows no Unicode properties.
    static let unsupported = ["the pattern is not supported: Unicode properties are not supported"]

    @Test("Values are valid or invalid as the official suite says", arguments: files)
    func file(_ file: URL) throws {
        let groups = try JSONValue(parsing: Array(try Data(contentsOf: file)))
        for group in groups.elements where !group.text.contains("$dynamicRef") {
            let root = try #require(group["schema"])
            let schema: JSONSchema
            do {
                schema = try JSONSchema(root) { References.resolve($0, in: root) }
            } catch {
                #expect(
                    Self.unsupported.contains(error.message),
                    "\(group["description"]?.text ?? ""): \(error.message)")
                continue
            }
            for test in try #require(group["tests"]).elements {
                let data = try #require(test["data"])
                let isValid = try #require(test["valid"]) == true
                #expect(
                    schema.admits(data) == isValid,
                    "\(group["description"]?.text ?? ""): \(test["description"]?.text ?? ""): \(data.text)")
            }
        }
    }
}

/// References within one document.
enum References {
    static func resolve(_ reference: String, in root: JSONValue) -> JSONSchema? {
        var value = root
        for step in reference.split(separator: "/").dropFirst() {
            guard let member = value[String(step.replacing("~1", with: "/").replacing("~0", with: "~"))] else {
                return nil
            }
            value = member
        }
        return try? JSONSchema(value) { resolve($0, in: root) }
    }
}

extension JSONValue {
    var elements: [JSONValue] { if case .array(let elements) = content { elements } else { [] } }

    subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = content { members.last { $0.key == name }?.value } else { nil }
    }
}
