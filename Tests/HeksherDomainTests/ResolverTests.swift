import HeksherDomain
import Testing

@Suite struct ResolverTests {
    private static let names = ["environment", "tenant", "user", "theme"]
    private static let values = ["x", "é", "e\u{301}", "more_than_fifteen_bytes"]

    /// The contract's sentences, one by one: of the rules whose conditions all match, those with a condition on the most specific feature;
    /// among them those with one on the next feature, and so on.
    private static func winner(_ rules: [[Condition]], _ order: [String], _ context: [(String, String)]) -> Int? {
        var candidates: [Int] = []
        for (index, conditions) in rules.enumerated() {
            var matches = true
            for condition in conditions {
                let given = context.first { $0.0 == condition.feature }?.1
                if given?.utf8.elementsEqual(condition.value.utf8) != true { matches = false }
            }
            if matches { candidates.append(index) }
        }
        for feature in order.reversed() {
            let having = candidates.filter { index in rules[index].contains { $0.feature == feature } }
            if !having.isEmpty { candidates = having }
        }
        return candidates.first
    }

    /// Rules with different conditions.
    private static func rules(_ numbers: inout SplitMix, _ likelihood: Int) -> [[Condition]] {
        var seen: Set<Int> = []
        var rules: [[Condition]] = []
        for _ in 0..<Int(numbers.next() % 5) {
            var conditions: [Condition] = []
            var key = 0
            for name in names {
                key *= 5
                guard Int(numbers.next() % 100) < likelihood else { continue }
                let value = Int(numbers.next() % 4)
                key += value + 1
                conditions.append(Condition(feature: name, value: values[value]))
            }
            if seen.insert(key).inserted { rules.append(conditions) }
        }
        return rules
    }

    private static func context(_ numbers: inout SplitMix) -> [(String, String)] {
        var context: [(String, String)] = []
        for name in names where numbers.next() % 5 > 0 { context.append((name, values[Int(numbers.next() % 4)])) }
        return context
    }

    @Test(
        "The resolver agrees with the contract's sentences on 100,000 sets of rules",
        arguments: [1, 2, 3, 4] as [UInt64])
    func property(seed: UInt64) {
        var numbers = SplitMix(state: seed)
        var count = 0
        for set in 0..<25_000 {
            if set % 100 == 0 { count = 0 }
            let order = set % 3 == 0 ? Self.names.shuffled(using: &numbers) : Self.names
            let rules = Self.rules(&numbers, set % 2 == 0 ? 30 : 60)
            let resolver = Resolver(rules, ContextFeatureOrder(order))
            let context = Self.context(&numbers)
            let expected = Self.winner(rules, order, context)
            let found = resolver.winner(in: Context(context))
            if found != expected, count < 3 {
                count += 1
                let (found, expected) = (String(describing: found), String(describing: expected))
                Issue.record("\(found) instead of \(expected): \(rules) in \(context), \(order)")
            }
        }
    }

    @Test("Among many rules and many features, each is found")
    func many() {
        let features = (0..<40).map { "f\($0)" }
        let rules = (0..<3000).map { number in
            [Condition(feature: features[number % 40], value: "v\(number)")]
                + (number % 3 == 0 ? [Condition(feature: features[(number + 7) % 40], value: "w\(number % 5)")] : [])
        }
        let order = ContextFeatureOrder(features)
        let resolver = Resolver(rules, order)
        for number in stride(from: 0, to: 3000, by: 7) {
            let context = rules[number].map { ($0.feature, $0.value) } + [("other", "x")]
            #expect(resolver.winner(in: Context(context)) == Self.winner(rules, features, context))
        }
        #expect(resolver.winner(in: ["f1": "none"]) == nil)
        #expect(resolver.maximumSteps < 1000, "as many as groups, not as many as rules")
    }

    @Test("The example of the original's documentation, in the section on the priority of rules")
    func example() {
        let rules =
            [
                (["environment": "dev"], "light"), (["environment": "prod"], "dark"),
                (["environment": "dev", "tenant": "john"], "dark"),
                (["tenant": "jane"], "halloween"), (["tenant": "admin"], "matrix"), (["tenant": "guest"], "default"),
            ] as [(KeyValuePairs<String, String>, String)]
        let resolver = Resolver(
            rules.map { $0.0.map { Condition(feature: $0.key, value: $0.value) } },
            ContextFeatureOrder(["environment", "tenant", "subtenant"]))
        func theme(_ context: Context) -> String? { resolver.winner(in: context).map { rules[$0].1 } }
        #expect(theme(["environment": "dev", "tenant": "admin"]) == "matrix")
        #expect(theme(["environment": "dev", "tenant": "john", "subtenant": "default"]) == "dark")
        #expect(theme(["environment": "dev", "tenant": "bob"]) == "light")
        #expect(theme(["environment": "prod", "tenant": "jane"]) == "halloween")
        #expect(theme(["environment": "prod", "tenant": "john"]) == "dark")
        #expect(theme(["tenant": "john"]) == nil)
    }

    @Test("A rule without conditions beats the default and nothing else; of equal rules, the first counts")
    func unusual() {
        let order = ContextFeatureOrder(["user"])
        let user = [Condition(feature: "user", value: "ann")]
        #expect(Resolver([[], user], order).winner(in: [:]) == 0)
        #expect(Resolver([[], user], order).winner(in: ["user": "ann"]) == 1)
        #expect(Resolver([user, user], order).winner(in: ["user": "ann"]) == 0)
        #expect(Resolver([], order).winner(in: ["user": "ann"]) == nil)
        // A feature that is missing in the list counts as the most specific.
        let new = [Condition(feature: "new", value: "x")]
        #expect(Resolver([user, new], order).winner(in: ["user": "ann", "new": "x"]) == 1)
    }
}

@Suite struct ExplanationTests {
    private static func rule(_ id: Int, _ conditions: KeyValuePairs<String, String>) -> Rule {
        Rule(id: id, setting: "a", value: 1, conditions: conditions.map { Condition(feature: $0.key, value: $0.value) })
    }

    @Test("The winner comes first, then rules that apply by priority, then the others by ID")
    func order() {
        let rules = [
            Self.rule(1, ["environment": "prod"]), Self.rule(2, ["tenant": "globex", "user": "ann"]),
            Self.rule(3, ["tenant": "acme"]), Self.rule(4, ["user": "ann"]), Self.rule(5, ["user": "bob"]),
            Self.rule(6, [:]),
        ]
        let features = ContextFeatureOrder(["environment", "tenant", "user"])
        let context: Context = ["tenant": "acme", "tennant": "x", "user": "ann", "environment": "prod"]
        let explanation = Explanation(rules, in: context, features)
        #expect(explanation.entries.map(\.rule.id) == [4, 3, 1, 6, 2, 5])
        #expect(explanation.winner?.id == 4)
        #expect(explanation.unknownFeatures == ["tennant"])
        let mismatch = Explanation.Mismatch(condition: Condition(feature: "tenant", value: "globex"), given: "acme")
        #expect(
            explanation.entries.map(\.outcome) == [
                .wins, .loses, .loses, .loses, .doesNotMatch([mismatch]),
                .doesNotMatch([Explanation.Mismatch(condition: Condition(feature: "user", value: "bob"), given: "ann")]
                ),
            ])
        let nothing = Explanation(Array(rules.prefix(5)), in: [:], features)
        #expect(nothing.winner == nil && nothing.entries.map(\.rule.id) == [1, 2, 3, 4, 5])
        #expect(Explanation([], in: [:], features).entries.isEmpty)
    }
}

/// Numbers that look random and are the same in each run (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var number = state
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        return number ^ (number >> 31)
    }
}
