import ContractSchema

/// The generator's treatment of each schema keyword. It is read from the same table that the generator uses.
public enum KeywordTable {
    /// The page `docs/generator/keywords.md`.
    public static var markdown: String {
        """
        # Keywords of schemas

        `openapi-generate keywords` prints this page from the generator's own tables.

        A keyword is *typed* when it shapes the Swift types and their decoders check it, and *validated* when it is checked on the JSON
        value, exactly as JSON Schema 2020-12 has it, before that becomes a Swift value. Both hold in each direction: a server refuses
        requests and a client refuses responses that break them. *Annotations* constrain nothing. *Ignored* keywords have no effect,
        with a warning. What is *refused* is a build error at its place in the document. Schemas of OpenAPI 3.0 are read as what they
        mean in 2020-12.

        | keyword | | what becomes of it |
        | --- | --- | --- |
        \(SchemaKeyword.all.map(row).joined(separator: "\n"))

        A keyword that says nothing about values of the schema's type, like `minimum` of strings, is warned of.

        A value of `oneOf` with a `discriminator` is of the alternative that this names, and is tried as no other. By the letter, exactly one
        alternative has to be valid there too; but those of most documents are objects that admit members they do not declare, and so
        take each other's values.

        A deprecated component `Pet` is declared as `_Pet`, with `Pet` as another name that is deprecated: whoever writes that is warned,
        and generated code, which cannot do without the type, is not. Likewise for properties.

        ## Formats

        | type | format | values |
        | --- | --- | --- |
        \(formats.joined(separator: "\n"))

        `password` and `binary` constrain nothing. Any other format is an annotation, and is warned of.

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
            "| number | `float` | those in the range of `Float` |",
            "| number | `double` | those in the range of `Double` |",
        ]
    }
}
