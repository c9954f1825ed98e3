/// Which contexts the sender of a query can meet.
public enum ContextFilters: Hashable, Sendable {
    /// Any at all: every rule is admitted.
    case everything
    /// A filter for each feature that rules may have conditions on.
    case features([String: ValueFilter])

    /// Which values of one context feature are admitted.
    public enum ValueFilter: Hashable, Sendable {
        case any
        case values(Set<String>)

        func admits(_ value: String) -> Bool {
            switch self {
            case .any: true
            case .values(let values): values.contains(value)
            }
        }
    }

    /// How many values there are in all filters.
    public var valueCount: Int {
        guard case .features(let filters) = self else { return 0 }
        return filters.values.reduce(0) { count, filter in
            guard case .values(let values) = filter else { return count + 1 }
            return count + values.count
        }
    }

    /// Whether **each** of a rule's conditions is admitted by the filter for its feature. A feature without a filter
    /// admits nothing; a rule without conditions is always admitted.
    public func admits(_ conditions: some Sequence<Condition>) -> Bool {
        switch self {
        case .everything: true
        case .features(let filters):
            conditions.allSatisfy { filters[$0.feature]?.admits($0.value) ?? false }
        }
    }
}
