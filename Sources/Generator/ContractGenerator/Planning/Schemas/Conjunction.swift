import ContractDocument
import Diagnostics

// Schemas that require a value to be valid against several others.

extension Schema {
    /// One of the schemas in `allOf`.
    enum Part: Hashable {
        case component(String)
        /// Merging repeatedly creates equal schemas with the same position.
        case inline(SourcePosition, json: String)
    }

    /// The parts of a schema that consists only of `allOf`; `nil` if there are fewer than two parts, or other keywords.
    var conjunction: Set<Part>? {
        guard isConjunction else { return nil }
        let parts = Set(content.allOf.map(\.part))
        return parts.count > 1 ? parts : nil
    }

    private var isConjunction: Bool {
        content.keywords.count == 1 && content.keywords[0].name == "allOf" && content.truth == nil
    }

    private var part: Part {
        if content.keywords.count == 1, let reference = content.reference { return .component(reference.name) }
        return .inline(content.position, json: content.json().text)
    }

    /// A schema that requires all of some schemas, without repeats.
    ///
    /// It adds the parts of a part instead of the part. So the number of conjunctions in a document is finite, and
    /// merging ends.
    static func all(_ schemas: [Schema], at position: SourcePosition) -> Schema {
        var parts: [Schema] = []
        var seen: Set<Part> = []
        for part in schemas.flatMap({ $0.isConjunction ? $0.content.allOf : [$0] })
        where seen.insert(part.part).inserted {
            parts.append(part)
        }
        if parts.count == 1 { return parts[0] }
        var content = Content(position: position)
        content.allOf = parts
        content.keywords = [Keyword(name: "allOf", position: position)]
        return Schema(content)
    }
}
