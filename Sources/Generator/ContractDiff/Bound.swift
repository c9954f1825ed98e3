import ContractDocument
import ContractJSON
import ContractYAML

/// A keyword that bounds numbers or sizes.
struct Bound {
    /// The largest or the smallest allowed number or size.
    struct Limit: Equatable, CustomStringConvertible {
        var value: JSONNumber
        var isExclusive: Bool

        var description: String { value.text + (isExclusive ? ", exclusively" : "") }
    }

    var keyword: String
    var isUpper: Bool
    /// The keyword for an exclusive bound. In OpenAPI 3.0, its value is a boolean and applies to `keyword`; in 3.1, its
    /// value is another bound.
    var exclusive: String?

    static let all =
        [
            Bound(keyword: "minimum", isUpper: false, exclusive: "exclusiveMinimum"),
            Bound(keyword: "maximum", isUpper: true, exclusive: "exclusiveMaximum"),
        ]
        + ["minLength", "minItems", "minProperties", "minContains"].map { Bound(keyword: $0, isUpper: false) }
        + ["maxLength", "maxItems", "maxProperties", "maxContains"].map { Bound(keyword: $0, isUpper: true) }

    func limit(in schema: YAMLNode) -> Limit? {
        let plain = schema[keyword]?.number.map { Limit(value: $0, isExclusive: false) }
        guard let other = exclusive.flatMap({ schema[$0] }) else { return plain }
        if other.isTrue { return plain.map { Limit(value: $0.value, isExclusive: true) } }
        guard let limit = other.number.map({ Limit(value: $0, isExclusive: true) }) else { return plain }
        // If the schema has both keywords, the stricter one counts.
        return plain.map { admitsLess($0, than: limit) ? $0 : limit } ?? limit
    }

    func admitsLess(_ limit: Limit, than other: Limit) -> Bool {
        if limit.value == other.value { return limit.isExclusive && !other.isExclusive }
        return isUpper ? limit.value < other.value : other.value < limit.value
    }
}

extension YAMLNode {
    fileprivate var number: JSONNumber? {
        if case .number(let number) = jsonValue.content { number } else { nil }
    }
}
