import ContractDocument
import ContractPattern
import Diagnostics

// Diagnostics about schemas, without repeats.

extension SchemaPlanner {
    /// The index of a regular expression. Equal expressions share one.
    mutating func pattern(_ source: String?, at position: SourcePosition) -> Int? {
        guard let source else { return nil }
        if let number = patternNumbers[source] { return number }
        do {
            _ = try ECMAPattern(source)
        } catch {
            _ = refuse(position, "the pattern is not supported: \(error.message)")
            return nil
        }
        patterns.append(source)
        patternNumbers[source] = patterns.count - 1
        return patterns.count - 1
    }

    /// Refuses a document that exceeds a limit.
    mutating func giveUp(_ position: SourcePosition, _ message: String) -> Shape {
        if isExhausted { return .any }
        isExhausted = true
        return refuse(position, message)
    }

    @discardableResult
    mutating func refuse(_ position: SourcePosition, _ message: String) -> Shape {
        add(document.diagnostic(.error, message, at: position))
        return .any
    }

    mutating func warn(_ position: SourcePosition, _ kind: Diagnostic.Kind, _ message: String) {
        add(Diagnostic(.warning, message, kind: kind, at: position))
    }

    /// Adds a diagnostic, unless it exists: a shared schema is planned for each schema that refers to it.
    mutating func add(_ diagnostic: Diagnostic) {
        if said.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
    }

    mutating func add(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics { add(diagnostic) }
    }

    mutating func refuseUnsupportedKeywords(of content: Schema.Content) {
        for keyword in content.keywords {
            switch SchemaKeyword.byName[keyword.name]?.treatment {
            case .ignored(let reason):
                warn(keyword.position, .keyword, "the keyword '\(keyword.name)' has no effect: \(reason)")
            case .refused(let reason):
                refuse(keyword.position, "the keyword '\(keyword.name)' is not supported: \(reason)")
            default: continue
            }
        }
    }

    mutating func warnOfVacuousKeywords(_ content: Schema.Content) {
        guard !content.types.isEmpty else { return }
        for keyword in content.keywords {
            guard let known = SchemaKeyword.byName[keyword.name], !known.isAnnotation, !known.concerns(content.types)
            else { continue }
            let types = content.types.map(\.rawValue).joined(separator: " or ")
            warn(keyword.position, .keyword, "'\(keyword.name)' says nothing about values of the type \(types)")
        }
    }
}
