import ContractJSON
import ContractRuntime
import HeksherAPI

/// Declarations in a file: objects or arrays of objects, one or several after each other, as `heksher get --json` prints them.
enum DeclarationFile {
    /// - Parameter path: `-` stands for standard input.
    /// - Throws: ``DeclarationFileError``.
    static func read(_ path: String) async throws -> [Schemas.SettingDeclaration] {
        let name = path == "-" ? "the standard input stream" : path
        do {
            let elements = try elements(try JSONText.utf8(try await InputFile.contents(path)))
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
}

struct DeclarationFileError: Error, CustomStringConvertible {
    var description: String
}
