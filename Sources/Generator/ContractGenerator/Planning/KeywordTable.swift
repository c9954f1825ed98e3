import ContractSchema

/// The generator's treatment of each schema keyword. It is read from the same table that the generator uses.
public enum KeywordTable {
    /// The page `docs/generator/keywords.md`.
    public static var markdown: String {
        """
        # Keywords of schemas

        `openapi-generate keywords` prints this page from the generator's own tables.

        A *typed* keyword determines the Swift type, and the decoder of that type checks it. A *validated* keyword is checked on the JSON
        value, as JSON Schema 2020-12 specifies, before the value is decoded. Both are checked in each direction: a server refuses requests
        that violate them, and a client refuses responses. An *annotation* constrains nothing. An *ignored* keyword has no effect and causes
        a warning. A *refused* keyword causes a build error at its position in the document. Schemas of OpenAPI 3.0 have the meaning of the
        corresponding keywords of 2020-12.

        | keyword | treatment | effect |
        | --- | --- | --- |
        \(SchemaKeyword.all.map(row).joined(separator: "\n"))

        A keyword that does not apply to the schema's type, such as `minimum` of a string, causes a warning.

        If a `oneOf` has a `discriminator`, the value must be valid against the alternative that the discriminator names; the others are not
        tried. JSON Schema requires that the value is valid against exactly one alternative. But in most documents, the alternatives are
        objects that allow undeclared members, so that a value is valid against several of them.

        A deprecated component `Pet` becomes the type `_Pet`, with a deprecated type alias `Pet`. So code that uses `Pet` gets a warning,
        and generated code, which needs the type, does not. Deprecated properties are treated in the same way.

        ## Formats

        | type | format | values |
        | --- | --- | --- |
        \(formats.joined(separator: "\n"))

        `password` and `binary` constrain nothing. Any other format is an annotation and causes a warning.

        """
    }

    private static func row(_ keyword: SchemaKeyword) -> String {
        let (treatment, note) =
            switch keyword.treatment {
            case .annotation(let note): ("annotation", note)
            case .typed(let note): ("typed", note)
            case .validated(let note): ("validated", note)
            case .ignored(let note): ("ignored", note)
            case .refused(let note): ("refused", note)
            }
        return "| `\(keyword.name)` | \(treatment) | \(note) |"
    }

    private static var formats: [String] {
        let strings = StringFormat.allCases.map { "| string | `\($0.rawValue)` | \($0.description) |" }
        let integers = SchemaPlanner.integerFormats.sorted {
            ($0.value.upperBound, $0.key) < ($1.value.upperBound, $1.key)
        }
        .map { name, range in
            let bound = name == "uint64" ? "\(UInt64.max), as `UInt64`" : "\(range.upperBound)"
            return "| integer | `\(name)` | \(range.lowerBound) to \(bound) |"
        }
        return strings + integers + [
            "| number | `float` | numbers in the range of `Float` |",
            "| number | `double` | numbers in the range of `Double` |",
        ]
    }
}
