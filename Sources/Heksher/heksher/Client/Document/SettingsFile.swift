import ArgumentParser
import ContractJSON
import ContractRuntime
import ContractYAML
import Diagnostics
import HeksherAPI
import HeksherServer
import PosixSupport

/// A file in YAML or JSON that the user writes.
struct SettingsFile {
    /// The name of the file in sentences.
    let name: String
    /// The contents.
    let node: YAMLNode
    /// The text.
    let text: String

    /// - Parameters:
    ///   - path: `-` stands for standard input.
    ///   - member: if the file is only a list, it counts as an object with the list as this member.
    /// - Throws: ``Refusal`` that names the line of a fault.
    init(_ path: String, listCalled member: String? = nil) async throws {
        name = path == "-" ? "the standard input stream" : path
        let bytes: [UInt8]
        do {
            bytes = try JSONText.utf8(try await InputFile.contents(path))
        } catch {
            throw Refusal(.refused, "\(name): \(error)")
        }
        do {
            let node = try YAMLNode(parsing: bytes, file: name)
            if let member, node.sequence != nil {
                let key = YAMLNode(content: .scalar(.string(member)), position: node.position)
                self.node = YAMLNode(content: .mapping([(key: key, value: node)]), position: node.position)
            } else {
                self.node = node
            }
        } catch {
            throw Refusal(.refused, "\(error.position): \(error.message)")
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// The contents as a value of the contract.
    ///
    /// - Throws: ``Refusal`` with all problems and their lines.
    func value<Value: JSONDecodable>(_ type: Value.Type) throws -> Value {
        var problems = ValidationProblems()
        var reader = JSONReader(node.jsonValue)
        if let value = try Value.decode(from: &reader, problems: &problems) { return value }
        throw refusal(problems, dropping: 0)
    }

    /// The contents as a document.
    ///
    /// - Throws: ``Refusal`` with all problems and their lines.
    func document(prefix: String?) throws -> Schemas.Document {
        let problems = ValidationProblems(ofDocument: node.jsonValue, prefix: prefix ?? "")
        guard problems.isEmpty else { throw refusal(problems, dropping: 1) }
        return try value(Schemas.Document.self)
    }

    /// - Parameter count: the number of steps before those that lead into the file.
    private func refusal(_ problems: ValidationProblems, dropping count: Int) -> Refusal {
        refusal(
            problems.list.map { problem in
                let steps = problem.location.dropFirst(count)
                return (
                    steps.map { if case .name(let name) = $0 { name } else { nil } },
                    steps.map { if case .index(let index) = $0 { index } else { nil } }, problem.message
                )
            })
    }

    /// A refusal of the service, with the lines of the problems that are in this file.
    func locating(_ refusal: Refusal) -> Refusal {
        guard let problems = refusal.problems else { return refusal }
        return self.refusal(
            problems.map { problem in
                let steps = problem.loc.dropFirst()
                return (
                    steps.map { if case .string(let name) = $0 { name } else { nil } },
                    steps.map { if case .int(let index) = $0 { index } else { nil } }, problem.msg
                )
            })
    }

    /// - Parameter problems: each with the names and the indices of the path to its place, and a sentence.
    private func refusal(_ problems: [(names: [String?], indices: [Int?], message: String)]) -> Refusal {
        let lines = problems.map { names, indices, message in
            var place = node
            var path = ""
            for (name, index) in zip(names, indices) {
                if let name {
                    path += path.isEmpty ? name : ".\(name)"
                    // A member that is missing has no place of its own.
                    if let next = place.mapping?.first(where: { $0.key.name == name }) {
                        place = YAMLNode(content: next.value.content, position: next.key.position)
                    }
                } else if let index {
                    path += "[\(index)]"
                    if let elements = place.sequence, elements.indices.contains(index) { place = elements[index] }
                }
            }
            return "\(place.position): \(path.isEmpty ? "" : "\(path): ")\(message)"
        }
        if let only = lines.first, lines.count == 1 { return Refusal(.refused, only) }
        return Refusal(.refused, "\(name) has \(lines.count) problems:", details: lines)
    }
}

/// Reads whole files.
enum InputFile {
    /// Reads on the main thread, which has no other work and may block.
    ///
    /// - Parameter path: `-` stands for standard input.
    /// - Throws: ``InputFileError``.
    @MainActor static func contents(_ path: String) throws(InputFileError) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system() }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { PosixSupport.read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes += buffer[..<count]
            } else if count == 0 {
                return bytes
            } else if errno != EINTR {
                throw .system()
            }
        }
    }
}

extension InputFile {
    /// Whether a file exists.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

/// The reason why a file cannot be read.
struct InputFileError: Error, CustomStringConvertible {
    var description: String

    fileprivate static func system() -> Self { Self(description: String(cString: strerror(errno))) }
}
