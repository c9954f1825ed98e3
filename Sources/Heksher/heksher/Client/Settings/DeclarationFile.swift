import ContractJSON
import ContractRuntime
import HeksherAPI
import PosixSupport

/// Declarations in a file: objects or arrays of objects, one or several after each other, as `heksher get --json` prints them.
enum DeclarationFile {
    /// - Parameter path: `-` stands for standard input.
    /// - Throws: ``DeclarationFileError``.
    static func read(_ path: String) async throws -> [Schemas.SettingDeclaration] {
        let name = path == "-" ? "the standard input stream" : path
        do {
            let elements = try elements(try JSONText.utf8(try await contents(path)))
            if let only = elements.first, elements.count == 1 { return [try declaration(only)] }
            return try elements.enumerated().map { index, element in
                do {
                    return try declaration(element)
                } catch {
                    throw DeclarationFileError(description: "declaration \(index + 1): \(error)")
                }
            }
        } catch {
            throw DeclarationFileError(description: "\(name): \(error)")
        }
    }

    /// The values in a text, and the elements of those that are arrays.
    private static func elements(_ text: [UInt8]) throws -> [JSONValue] {
        var json = JSONReader(text)
        var elements: [JSONValue] = []
        repeat {
            let value = try json.readValue()
            if case .array(let values) = value.content { elements += values } else { elements.append(value) }
        } while !json.isAtEnd()
        return elements
    }

    private static func declaration(_ value: JSONValue) throws -> Schemas.SettingDeclaration {
        var json = JSONReader(value)
        var problems = ValidationProblems()
        guard let declaration = try Schemas.SettingDeclaration.decode(from: &json, problems: &problems) else {
            throw DeclarationFileError(
                description: problems.list.map { "\(ProblemSentence($0, of: value))" }.joined(separator: "; "))
        }
        return declaration
    }

    /// Reads on the main thread, which has no other work and may block.
    @MainActor private static func contents(_ path: String) throws(DeclarationFileError) -> [UInt8] {
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

struct DeclarationFileError: Error, CustomStringConvertible {
    var description: String

    fileprivate static func system() -> Self { Self(description: String(cString: strerror(errno))) }
}
