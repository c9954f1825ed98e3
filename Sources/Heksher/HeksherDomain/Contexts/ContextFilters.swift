/// The contexts for which a query wants rules.
public enum ContextFilters: Hashable, Sendable {
    /// All contexts: every rule is admitted.
    case everything
    /// A filter for each feature that rules may have conditions on.
    case features([String: ValueFilter])

    /// The admitted values of one context feature.
    public enum ValueFilter: Hashable, Sendable {
        /// Rules with any value of the feature.
        case any
        /// Rules with one of these values of the feature.
        case values(Set<FeatureText>)

        func admits(_ value: String) -> Bool {
            switch self {
            case .any: true
            case .values(let values): values.contains(FeatureText(value))
            }
        }
    }

    /// The number of values that all filters list.
    public var valueCount: Int {
        guard case .features(let filters) = self else { return 0 }
        return filters.values.reduce(0) { count, filter in
            guard case .values(let values) = filter else { return count }
            return count + values.count
        }
    }

    /// The approximate number of bytes of memory that the filters take.
    public var size: Int {
        guard case .features(let filters) = self else { return 0 }
        return filters.reduce(0) { size, filter in
            let size = size + 96 + filter.key.utf8.count
            guard case .values(let values) = filter.value else { return size }
            return values.reduce(size) { $0 + 64 + $1.text.utf8.count }
        }
    }

    /// Whether the filters admit **each** of a rule's conditions. A feature without a filter admits nothing. A rule without conditions is
    /// always admitted.
    public func admits(_ conditions: some Sequence<Condition>) -> Bool {
        switch self {
        case .everything: true
        case .features(let filters):
            conditions.allSatisfy { filters[$0.feature]?.admits($0.value) ?? false }
        }
    }
}

/// A value of a context feature, compared by its bytes.
public struct FeatureText: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The value.
    public let text: String

    /// Creates a value from its text.
    public init(_ text: String) { self.text = text }

    /// Creates a value from a literal.
    public init(stringLiteral text: String) { self.init(text) }

    /// Whether the texts have the same bytes.
    public static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
