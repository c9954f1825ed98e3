import Glibc
import HeksherAPI
import JSON
import OpenAPIRuntime

/// Declarations in a file: one object, or an array of them.
enum DeclarationFile {
    /// - Parameter path: `-` stands for the standard input stream.
    /// - Throws: ``DeclarationFileError``.
    static func read(_ path: String) async throws -> [Schemas.SettingDeclaration] {
        let name = path == "-" ? "the standard input stream" : path
        do {
            let file = try JSONValue(parsing: try await contents(path))
            guard case .array(let elements) = file.content else { return [try declaration(file)] }
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

    private static func declaration(_ value: JSONValue) throws -> Schemas.SettingDeclaration {
        var json = JSONReader(value)
        var problems = ValidationProblems()
        guard let declaration = try Schemas.SettingDeclaration.decode(from: &json, problems: &problems) else {
            throw DeclarationFileError(description: "\(problems)")
        }
        return declaration
    }

    /// Reads on the main thread, which has nothing else to do and may wait.
    @MainActor private static func contents(_ path: String) throws(DeclarationFileError) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system() }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
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
