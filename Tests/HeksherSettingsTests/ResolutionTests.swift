import ContractJSON
import HeksherAPI
import HeksherSettings
import Testing

/// Which rule wins in which context.
@Suite struct ResolutionTests {
    private struct Rule: CustomStringConvertible {
        var conditions: [String: String]
        var value: Int

        var description: String {
            "\(conditions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }) → \(value)"
        }
    }

    private func setting(_ rules: [Rule], features: [String]) throws -> Setting<Int> {
        let setting = Setting("s", configurableBy: features, default: 0)
        try setting.update(
            .init(
                defaultValue: -1,
                rules: rules.map { rule in
                    .init(
                        value: .init(rule.value),
                        contextFeatures: features.filter { rule.conditions[$0] != nil }.map {
                            [$0, rule.conditions[$0]!]
                        },
                        ruleId: rule.value)
                }), features: features)
        return setting
    }

    /// The rule that the contract's definition selects: of the rules that apply, those with a condition on the most
    /// specific feature; of these, those with a condition on the next feature, and so on.
    private func reference(_ rules: [Rule], _ features: [String], _ context: [String: String]) -> Int {
        var candidates = rules.filter { $0.conditions.allSatisfy { context[$0.key] == $0.value } }
        for feature in features.reversed() where candidates.contains(where: { $0.conditions[feature] != nil }) {
            candidates.removeAll { $0.conditions[feature] == nil }
        }
        return candidates.first?.value ?? -1
    }

    @Test("Resolving random rules and contexts gives the result of the contract's definition", arguments: 0..<300)
    func property(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        let features = ["a", "environment", "tenant_with_a_long_name", "user"].shuffled(using: &random)
        let values = ["x", "y", "a_value_that_does_not_fit_in_a_small_string", "z"]
        func randomContext(_ likelihood: Double) -> [String: String] {
            var context: [String: String] = [:]
            for feature in features where Double.random(in: 0..<1, using: &random) < likelihood {
                context[feature] = values.randomElement(using: &random)
            }
            return context
        }
        var seen: Set<[String: String]> = [[:]]
        var rules: [Rule] = []
        for value in 0..<Int.random(in: 0...30, using: &random) {
            let conditions = randomContext(0.5)
            if seen.insert(conditions).inserted { rules.append(Rule(conditions: conditions, value: value)) }
        }
        let setting = try setting(rules, features: features)
        for _ in 0..<50 {
            let context = randomContext(0.8).merging(["unknown": "x"]) { $1 }
            #expect(
                setting.value(for: SettingContext(context)) == reference(rules, features, context),
                "\(context) in \(features): \(rules)")
        }
    }

    @Test("The most specific feature decides first, then the next one, regardless of the number of conditions")
    func priorities() throws {
        let rules = [
            Rule(conditions: ["environment": "prod", "tenant": "acme"], value: 1),
            Rule(conditions: ["user": "ann"], value: 2), Rule(conditions: ["tenant": "acme"], value: 3),
            Rule(conditions: ["environment": "prod", "user": "ann"], value: 4),
            Rule(conditions: ["tenant": "acme", "user": "ann"], value: 5),
        ]
        let setting = try setting(rules, features: ["environment", "tenant", "user"])
        #expect(setting.value(for: ["environment": "prod", "tenant": "acme", "user": "ann"]) == 5)
        #expect(setting.value(for: ["environment": "prod", "tenant": "globex", "user": "ann"]) == 4)
        #expect(setting.value(for: ["tenant": "globex", "user": "ann"]) == 2)
        #expect(setting.value(for: ["environment": "prod", "tenant": "acme", "user": "bob"]) == 1)
        #expect(setting.value(for: ["tenant": "acme"]) == 3)
        #expect(setting.value(for: [:]) == -1)
        // In another order of features, other rules win.
        let moved = try self.setting(rules, features: ["user", "tenant", "environment"])
        #expect(moved.value(for: ["environment": "prod", "tenant": "acme", "user": "ann"]) == 1)
    }

    @Test("A rule without conditions wins over the default and loses to all other rules")
    func unconditional() throws {
        let setting = try setting(
            [Rule(conditions: [:], value: 1), Rule(conditions: ["user": "ann"], value: 2)], features: ["user"])
        #expect(setting.value(for: [:]) == 1)
        #expect(setting.value(for: ["user": "ann"]) == 2)
    }

    @Test("A context feature that the reader does not know counts as the most specific")
    func unknownFeature() throws {
        let setting = Setting("s", configurableBy: ["user", "new"], default: 0)
        try setting.update(
            .init(
                defaultValue: 0,
                rules: [
                    .init(value: 1, contextFeatures: [["user", "ann"]], ruleId: 1),
                    .init(value: 2, contextFeatures: [["new", "x"]], ruleId: 2),
                ]), features: ["user"])
        #expect(setting.value(for: ["user": "ann", "new": "x"]) == 2)
    }

    @Test("A context keeps the last value for each feature")
    func contexts() {
        var context: SettingContext = ["user": "ann", "tenant": "acme", "user": "bob"]
        #expect(context.description == "{tenant: acme, user: bob}")
        context["tenant"] = nil
        context["user"] = "eve"
        context["trust"] = "low"
        #expect(context["user"] == "eve" && context["tenant"] == nil)
        #expect(context.merging(["trust": "high", "x": "y"]).description == "{trust: high, user: eve, x: y}")
    }

    @Test("Values of any characters are compared by their bytes")
    func values() throws {
        let names = ["acme-corp", "ann@example.com", "*", "\u{E9}", "e\u{301}", " a,b "]
        let setting = try setting(
            names.enumerated().map { Rule(conditions: ["user": $1], value: $0) }, features: ["user"])
        for (value, name) in names.enumerated() { #expect(setting.value(for: ["user": name]) == value, "\(name)") }
        #expect(setting.value(for: ["user": "acme_corp"]) == -1)
    }

    @Test("A value that no rule can have is left out of a context, or refused with a sentence")
    func refusedValues() throws {
        let long = String(repeating: "a", count: 513)
        let context: SettingContext = ["user": "", "tenant": "a\u{85}", "theme": "dark", "trust": long]
        #expect(context.description == "{theme: dark}")
        var changed: SettingContext = ["user": "ann"]
        changed["user"] = "a\nb"
        #expect(changed["user"] == nil)
        let ending = "a value has 1 to 512 characters and no control characters"
        for (value, problem) in [
            ("", "is empty"), (long, "has more than 512 characters"), ("a\u{7F}", "has a control character"),
        ] {
            let error = #expect(throws: SettingContextError.self) {
                try SettingContext(checking: ["theme": "dark", "user": value])
            }
            #expect(error?.description == "the value of user \(problem); \(ending)" && error?.feature == "user")
        }
        #expect(try SettingContext(checking: ["user": "us-east-1"])["user"] == "us-east-1")
    }

    @Test("Without an explicit context, the task's current context is used")
    func currentContext() async throws {
        let setting = try setting([Rule(conditions: ["user": "ann"], value: 2)], features: ["user"])
        #expect(setting.value == -1)
        await SettingContext.$current.withValue(["user": "ann"]) {
            #expect(setting.value == 2)
            await Task { #expect(setting.value == 2) }.value
        }
    }

    @Test("An update with an unreadable value throws an error and changes nothing")
    func unreadable() throws {
        let setting = try setting([Rule(conditions: ["user": "ann"], value: 2)], features: ["user"])
        let error = #expect(throws: UnreadableValue.self) {
            try setting.update(
                .init(defaultValue: 7, rules: [.init(value: "many", contextFeatures: [["user", "bob"]], ruleId: 9)]),
                features: ["user"])
        }
        #expect(error?.description == "the value of rule 9 of s is none of the type int")
        #expect(throws: UnreadableValue.self) {
            try setting.update(.init(defaultValue: 1.5, rules: []), features: ["user"])
        }
        #expect(setting.value(for: [:]) == -1 && setting.value(for: ["user": "ann"]) == 2)
    }
}

/// Random numbers that are the same for the same seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
