import ContractJSON
import HeksherAPI

// Sentences about declarations.

extension Schemas.DeclarationOutcome {
    /// A sentence, and one line for each difference.
    func lines(_ declaration: Schemas.SettingDeclaration) -> [String] {
        let (name, version) = (declaration.name, declaration.version)
        return switch self {
        case .created: ["\(name) is created at version \(version)."]
        case .upToDate: ["\(name) is up to date at version \(version)."]
        case .upgraded(let upgraded):
            ["\(name) is upgraded from version \(upgraded.previousVersion) to \(version):"]
                + upgraded.differences.map { "  \($0.line("before"))" }
        case .outdated(let outdated):
            ["\(name) has the newer version \(outdated.latestVersion), and is left as it is:"]
                + outdated.differences.map { "  \($0.line("stored"))" }
        }
    }
}

extension Refusal {
    init(_ mismatch: Schemas.DeclarationMismatch, _ declaration: Schemas.SettingDeclaration) {
        self.init(mismatch: mismatch.differences, declaration)
    }

    init(_ rejected: Schemas.DeclarationRejected, _ declaration: Schemas.SettingDeclaration) {
        self.init(rejected: rejected.differences, previous: rejected.previousVersion, declaration)
    }

    init(mismatch differences: [Schemas.Difference], _ declaration: Schemas.SettingDeclaration) {
        self.init(
            .conflict,
            "\(declaration.name) differs from what is stored at version \(declaration.version); a change takes a higher version:",
            details: differences.map { $0.line("stored") })
    }

    init(
        rejected differences: [Schemas.Difference], previous: String, _ declaration: Schemas.SettingDeclaration
    ) {
        let isPossible = !differences.contains { $0.level == .mismatch }
        self.init(
            .conflict,
            "\(declaration.name) cannot be upgraded from version \(previous) to \(declaration.version)"
                + (isPossible ? "; major differences take a higher major number:" : ":"),
            details: differences.map { $0.line("stored") })
    }
}

extension Schemas.Difference {
    fileprivate var level: Schemas.DifferenceLevel {
        switch self {
        case .attributeDifference(let difference): difference.level
        case .messageDifference(let difference): difference.level
        }
    }

    /// - Parameter word: the word for the value that is not the declared one.
    fileprivate func line(_ word: String) -> String {
        switch self {
        case .attributeDifference(let difference):
            let attribute = difference.attribute.rawValue.replacing("_", with: " ")
            return "\(level.rawValue): \(attribute) (\(word): \(difference.latestValue.listedText))"
        case .messageDifference(let difference):
            return "\(level.rawValue): \(ListSentence.rewritten(difference.message))"
        }
    }
}

extension JSONValue {
    /// A list of names as people write it, and any other value as JSON.
    fileprivate var listedText: String {
        guard case .array(let elements) = content else { return compacted().text }
        let names = elements.compactMap { element in
            if case .string(let name) = element.content { name } else { nil }
        }
        return names.count == elements.count && !names.isEmpty ? names.listed : compacted().text
    }
}
