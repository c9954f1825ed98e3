import ArgumentParser
import ContractJSON

extension JSONValue {
    /// Parses a value on the command line.
    ///
    /// - Throws: `ValidationError`, with a hint about how to write strings.
    init(argument text: String) throws {
        do {
            try self.init(parsing: text)
        } catch {
            if text.first?.isLetter == true && !text.contains(where: { "'\"\\".contains($0) }) {
                throw ValidationError(
                    "values are written in JSON, strings in quotation marks, which the shell must keep: '\"\(text)\"'")
            }
            throw ValidationError("values are written in JSON, and this is not JSON: \(error.message)")
        }
    }
}
