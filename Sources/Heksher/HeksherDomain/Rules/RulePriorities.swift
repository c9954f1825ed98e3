/// The rules of a setting in groups of equal priority.
struct RulePriorities {
    /// Rules with conditions on the same features.
    struct Group {
        /// Positions in ``RulePriorities/features``, the most specific feature first.
        var features: [Int]
        /// The indices of the rules, ascending.
        var rules: [Int]
    }

    /// The features that the rules have conditions on, the most general first.
    let features: [String]
    /// The conditions of each rule, the one on the most specific feature first.
    let conditions: [[Condition]]
    /// The group of the highest priority first.
    let groups: [Group]

    /// - Parameters:
    ///   - rules: the conditions of each rule.
    ///   - order: the context features. Missing features count as more specific than all of them, and are ordered by name.
    init(_ rules: some Sequence<[Condition]>, _ order: ContextFeatureOrder) {
        let rules = Array(rules)
        var names: Set<String> = []
        for conditions in rules { for condition in conditions { names.insert(condition.feature) } }
        let features = names.sorted { first, second in
            switch (order.index(of: first), order.index(of: second)) {
            case (let first?, let second?): first < second
            case (.some, nil): true
            case (nil, .some): false
            case (nil, nil): first.utf8.lexicographicallyPrecedes(second.utf8)
            }
        }
        let places = Dictionary(uniqueKeysWithValues: features.enumerated().map { ($1, $0) })
        var groups: [Group] = []
        var groupsByFeatures: [[Int]: Int] = [:]
        var sorted: [[Condition]] = []
        sorted.reserveCapacity(rules.count)
        for (rule, conditions) in rules.enumerated() {
            let placed = conditions.map { (place: places[$0.feature] ?? 0, condition: $0) }
                .sorted { $0.place > $1.place }
            sorted.append(placed.map(\.condition))
            let key = placed.map(\.place)
            if let group = groupsByFeatures[key] {
                groups[group].rules.append(rule)
            } else {
                groupsByFeatures[key] = groups.count
                groups.append(Group(features: key, rules: [rule]))
            }
        }
        self.features = features
        self.conditions = sorted
        // The first difference decides, and an additional condition wins over none.
        self.groups = groups.sorted { $1.features.lexicographicallyPrecedes($0.features) }
    }
}
