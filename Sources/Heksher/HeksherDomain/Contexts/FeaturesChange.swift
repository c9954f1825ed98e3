/// The difference between two sets of configurable features.
struct FeaturesChange {
    /// The removed features, in the order of the context features.
    let removed: [String]
    /// The added features, in the order of the context features.
    let added: [String]

    init(from old: [String], to new: [String], order: ContextFeatureOrder) {
        let (oldSet, newSet) = (Set(old), Set(new))
        removed = order.sorted(old.filter { !newSet.contains($0) })
        added = order.sorted(new.filter { !oldSet.contains($0) })
    }

    var isEmpty: Bool { removed.isEmpty && added.isEmpty }

    /// The removed features that rules have conditions on; `nil` if no rule has such a condition.
    func use(by rules: [Rule]) -> FeaturesInUse? {
        guard !removed.isEmpty else { return nil }
        let ids = rules.using(Set(removed))
        guard !ids.isEmpty else { return nil }
        let conditioned = Set(rules.lazy.flatMap(\.conditions).map(\.feature))
        return FeaturesInUse(features: removed.filter(conditioned.contains), rules: ids)
    }
}

/// Features that cannot be removed from a setting, because rules have conditions on them.
public struct FeaturesInUse: Hashable, Sendable {
    /// In the order of the context features.
    public let features: [String]
    /// The IDs of the rules, in order.
    public let rules: [Int]

    /// `configurable features ['theme'] are still in use by rules [1]`
    public var sentence: String {
        "configurable features \(features.listText) are still in use by rules \(rules.listText)"
    }
}
