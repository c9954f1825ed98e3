/// The list of context features, the most general first. Later features are more specific and have higher priority.
public struct ContextFeatureOrder: Hashable, Sendable {
    /// The names in order. A name's position is the index of the feature.
    public let names: [String]
    private let indices: [String: Int]

    /// Takes names in order. If a name is repeated, the first one counts.
    public init(_ names: some Sequence<String>) {
        var distinct: [String] = []
        var indices: [String: Int] = [:]
        for name in names where indices[name] == nil {
            indices[name] = distinct.count
            distinct.append(name)
        }
        self.names = distinct
        self.indices = indices
    }

    /// The index of a feature, from 0; `nil` if it is unknown.
    public func index(of name: String) -> Int? { indices[name] }

    /// The names that are not context features, in the given order.
    public func unknown(in names: some Sequence<String>) -> [String] {
        names.filter { indices[$0] == nil }
    }

    /// The names in the order of the features. Unknown names come last, in the given order.
    public func sorted(_ names: some Sequence<String>) -> [String] {
        names.enumerated()
            .sorted {
                (indices[$0.element] ?? .max, $0.offset) < (indices[$1.element] ?? .max, $1.offset)
            }
            .map(\.element)
    }

    /// The new position of a feature.
    public enum Destination: Hashable, Sendable {
        /// Directly after the feature of this name.
        case after(String)
        /// Directly before the feature of this name.
        case before(String)
    }

    /// The list with one feature moved. Moving a feature after or before itself changes nothing. `nil` if either feature is unknown.
    public func moving(_ name: String, to destination: Destination) -> ContextFeatureOrder? {
        let (target, step) =
            switch destination {
            case .after(let target): (target, 1)
            case .before(let target): (target, 0)
            }
        guard let source = indices[name], let targetIndex = indices[target] else { return nil }
        guard name != target else { return self }
        var moved = names
        moved.remove(at: source)
        moved.insert(name, at: (source < targetIndex ? targetIndex - 1 : targetIndex) + step)
        return ContextFeatureOrder(moved)
    }
}
