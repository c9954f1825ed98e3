extension ContextFilters {
    /// Parses `*`, an empty text, or `feature:*` and `feature:(v1,v2)` joined by commas. A value is bare or a JSON string, and there is no
    /// white space between the parts. The work is linear in the length of the text.
    ///
    /// - Throws: ``ContextFiltersError/malformed(_:)`` before ``ContextFiltersError/repeatedFeatures(_:)``.
    public init(parsing text: String) throws(ContextFiltersError) {
        guard text != "*" else {
            self = .everything
            return
        }
        var filters: [String: ValueFilter] = [:]
        var repetitions = FeatureRepetitions()
        do throws(ContextTextError) {
            var scanner = ContextTextScanner(text)
            if !scanner.isAtEnd {
                repeat {
                    let feature = try scanner.name()
                    try scanner.expect(":")
                    let filter = try Self.valueFilter(&scanner)
                    if filters.updateValue(filter, forKey: feature) != nil { repetitions.add(feature) }
                } while scanner.skip(",")
                guard scanner.isAtEnd else { throw scanner.failure("expecting ',' or the end") }
            }
        } catch {
            throw .malformed(error)
        }
        guard repetitions.names.isEmpty else { throw .repeatedFeatures(repetitions.names) }
        self = .features(filters)
    }

    private static func valueFilter(_ scanner: inout ContextTextScanner) throws(ContextTextError) -> ValueFilter {
        if scanner.skip("*") { return .any }
        guard scanner.skip("(") else { throw scanner.failure("expecting '*' or '('") }
        var values: [FeatureText] = []
        repeat { values.append(FeatureText(try scanner.value())) } while scanner.skip(",")
        guard scanner.skip(")") else { throw scanner.failure("expecting ',' or ')'") }
        // Built at once, because a growing set is rehashed again and again.
        return .values(Set(values))
    }
}

/// The reason why a text is not a context filter.
public enum ContextFiltersError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text violates the grammar.
    case malformed(ContextTextError)
    /// These features have more than one filter, in the order in which they are first repeated.
    case repeatedFeatures([String])

    /// A sentence for the client, with the byte or the names of the features.
    public var description: String {
        switch self {
        case .malformed(let error): "\(error)"
        case .repeatedFeatures(let features):
            "context_filters names \(features.listText) more than once"
        }
    }
}

/// The features that a text names more than once, in the order in which they are first repeated.
struct FeatureRepetitions {
    private(set) var names: [String] = []
    private var reported: Set<String> = []

    mutating func add(_ name: String) {
        if reported.insert(name).inserted { names.append(name) }
    }
}
