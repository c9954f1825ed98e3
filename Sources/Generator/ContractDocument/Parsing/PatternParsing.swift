import ContractPattern
import Diagnostics

// The regular expressions in schemas.

extension DocumentParser {
    /// The `pattern` of a schema; `nil` if the schema has no pattern. An unsupported pattern is also `nil`, and adds a warning.
    mutating func pattern(_ fields: Fields) -> String? {
        guard let member = fields.members.first(where: { $0.name == "pattern" }), let source = string(member.value),
            isPattern(source, at: member.key.position)
        else { return nil }
        return source
    }

    /// Whether a text is a regular expression of ECMA-262 that the generator supports. Otherwise, it adds a warning.
    mutating func isPattern(_ source: String, at position: SourcePosition) -> Bool {
        let reason = patternFaults[source] ?? Self.fault(of: source)
        patternFaults.updateValue(reason, forKey: source)
        guard let reason else { return true }
        warn("the pattern is not checked: \(reason)", .pattern, at: position)
        return false
    }

    private static func fault(of source: String) -> String? {
        do {
            _ = try ECMAPattern(source)
            return nil
        } catch {
            return error.message
        }
    }
}
