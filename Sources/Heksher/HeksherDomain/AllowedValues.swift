internal import ContractJSON

/// The values that conditions and contexts may give to context features. A feature without a list may have any value.
public struct AllowedValues: Hashable, Sendable {
    /// The lists by the names of their features.
    public private(set) var lists: [String: FeatureValueList]

    /// Any value for any feature.
    public init() { lists = [:] }

    /// Creates the lists of some features.
    public init(_ lists: [String: FeatureValueList]) { self.lists = lists }

    /// Creates the lists of some features. A list without any text that can be a value counts as absent.
    public init(_ lists: some Sequence<(key: String, value: [String])>) {
        self.lists = [:]
        for (feature, values) in lists { self.lists[feature] = FeatureValueList(values) }
    }

    /// The features of a context whose values are not in their lists, in the order of the context.
    public func refused(in context: Context) -> [RefusedFeatureValue] {
        // Almost always, no feature has a list.
        if lists.isEmpty { return [] }
        return context.features.compactMap { refused(feature: $0.name.text, value: $0.value.text) }
    }

    /// The refusal of a value of a feature; `nil` if the feature may have it.
    public func refused(feature: String, value: String) -> RefusedFeatureValue? {
        guard let list = lists[feature], !list.contains(value) else { return nil }
        return RefusedFeatureValue(feature: feature, value: value, list: list)
    }
}

/// The only values that a context feature may have: at least one, in the order in which they were set, without repeats.
public struct FeatureValueList: Hashable, Sendable {
    private let texts: [FeatureText]
    private let set: Set<FeatureText>

    /// Takes those of the texts that can be values of a feature. If one is repeated, the first one stays.
    ///
    /// - Returns: `nil` if none is left.
    public init?(_ values: some Sequence<String>) {
        var (texts, set): ([FeatureText], Set<FeatureText>) = ([], [])
        for value in values where FeatureValue.problem(value) == nil && set.insert(FeatureText(value)).inserted {
            texts.append(FeatureText(value))
        }
        if texts.isEmpty { return nil }
        self.texts = texts
        self.set = set
    }

    /// The values in order.
    public var values: [String] { texts.map(\.text) }

    /// The number of bytes of all values in UTF-8.
    public var size: Int { texts.reduce(0) { $0 + $1.text.utf8.count } }

    /// Whether one of the values has the same bytes.
    public func contains(_ value: String) -> Bool { set.contains(FeatureText(value)) }

    /// Whether the lists have the same values in the same order.
    public static func == (left: Self, right: Self) -> Bool { left.texts == right.texts }

    /// Hashes the values.
    public func hash(into hasher: inout Hasher) { hasher.combine(texts) }
}

/// A value that a context feature may not have, because it is not in the feature's list.
public struct RefusedFeatureValue: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the context feature.
    public let feature: String
    /// The refused value.
    public let value: String
    /// The values that the feature may have.
    public let list: FeatureValueList

    /// A sentence for the client.
    public var description: String {
        "'\(value.shortened())' is not among the values of the context feature \(feature.shortened()): \(list.values.listText)"
    }
}
