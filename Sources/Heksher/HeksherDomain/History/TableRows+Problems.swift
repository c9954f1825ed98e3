/// Something in the tables that the service would have refused.
public struct StateProblem: Sendable, Hashable {
    /// The setting.
    public var setting: String
    /// The rule; `nil` if it is not about one rule.
    public var rule: Int?
    /// The context feature; `nil` if it is not about one.
    public var feature: String?
    /// The problem, as a sentence.
    public var message: String
}

extension TableRows {
    /// The problems of the settings and their rules. All rules of each setting must be here.
    public func problems() -> [StateProblem] {
        let order = featureOrder
        let allowed = AllowedValues(
            features.compactMap { name, columns in columns.values.map { (key: name, value: $0) } })
        let rulesOfSettings = Dictionary(grouping: rules.keys.sorted()) { rules[$0]?.setting ?? "" }
        var problems: [StateProblem] = []
        for name in settings.keys.sorted() {
            func add(_ message: String, rule: Int? = nil, feature: String? = nil) {
                problems.append(StateProblem(setting: name, rule: rule, feature: feature, message: message))
            }
            let subject = "the setting \(name.shortened())"
            guard let setting = setting(name, order: order) else {
                add("\(subject) cannot be read")
                continue
            }
            if !setting.type.admits(setting.defaultValue) {
                add("the default value of \(subject) does not fit the type \(setting.type.description.shortened())")
            }
            for feature in setting.configurableFeatures where features[feature] == nil {
                add(
                    "\(subject) is configurable by \(feature.shortened()), which is no context feature",
                    feature: feature)
            }
            let configurable = Set(setting.configurableFeatures)
            var conditions: [Set<Condition>: Int] = [:]
            for id in rulesOfSettings[name] ?? [] {
                let subject = "rule \(id) of \(subject)"
                guard let rule = rule(id, order: order) else {
                    add("\(subject) cannot be read", rule: id)
                    continue
                }
                if !setting.type.admits(rule.value) {
                    add(
                        "the value of \(subject) does not fit the type \(setting.type.description.shortened())",
                        rule: id)
                }
                for condition in rule.conditions {
                    if !configurable.contains(condition.feature) {
                        add(
                            "\(subject) has a condition on \(condition.feature.shortened()), by which the setting is not configurable",
                            rule: id, feature: condition.feature)
                    } else if let refused = allowed.refused(feature: condition.feature, value: condition.value) {
                        add("\(subject): \(refused)", rule: id, feature: condition.feature)
                    } else if let problem = FeatureValue.problem(condition.value) {
                        add(
                            "\(subject) has a value of \(condition.feature.shortened()) that is not valid: \(problem)",
                            rule: id)
                    }
                }
                if let other = conditions.updateValue(id, forKey: Set(rule.conditions)) {
                    add("\(subject) has the same conditions as rule \(other)", rule: id)
                }
            }
        }
        return problems
    }
}
