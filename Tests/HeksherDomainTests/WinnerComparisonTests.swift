import ContractJSON
import HeksherDomain
import Testing

@Suite struct WinnerComparisonTests {
    private static let names = ["environment", "tenant", "user"]
    private static let values = ["x", "y"]

    /// A random setting with rules that have different conditions.
    private static func state(_ numbers: inout SplitMix, like other: WinnerComparison.State?) -> WinnerComparison.State
    {
        var rules: [Rule] = []
        if let other {
            // Most rules stay.
            for var rule in other.rules where numbers.next() % 4 > 0 {
                if numbers.next() % 4 == 0 { rule.value = JSONValue(Int(numbers.next() % 3)) }
                rules.append(rule)
            }
        }
        for _ in 0..<Int(numbers.next() % 4) {
            var conditions: [Condition] = []
            for name in names where numbers.next() % 2 == 0 {
                conditions.append(Condition(feature: name, value: values[Int(numbers.next() % 2)]))
            }
            guard !conditions.isEmpty, !rules.contains(where: { Set($0.conditions) == Set(conditions) }) else {
                continue
            }
            let id = (rules.map(\.id).max() ?? 0) + 1 + Int(numbers.next() % 3)
            rules.append(Rule(id: id, setting: "s", value: JSONValue(Int(numbers.next() % 3)), conditions: conditions))
        }
        let order = numbers.next() % 5 == 0 ? names.shuffled(using: &numbers) : other?.order.names ?? names
        let defaultValue =
            other == nil || numbers.next() % 4 == 0 ? JSONValue(Int(numbers.next() % 3)) : other?.defaultValue
        return WinnerComparison.State(
            defaultValue: defaultValue ?? 0, rules: rules.sorted { $0.id < $1.id }, order: ContextFeatureOrder(order))
    }

    /// The value in a context, found in the obvious way.
    private static func value(_ state: WinnerComparison.State?, _ context: [String: String]) -> JSONValue? {
        guard let state else { return nil }
        var candidates = state.rules.filter { rule in rule.conditions.allSatisfy { context[$0.feature] == $0.value } }
        for feature in state.order.names.reversed() {
            let having = candidates.filter { $0.conditions.contains { $0.feature == feature } }
            if !having.isEmpty { candidates = having }
        }
        return candidates.first?.value ?? state.defaultValue
    }

    private static var contexts: [[String: String]] {
        names.reduce([[:]]) { contexts, name in
            contexts.flatMap { context in
                [context] + values.map { value in context.merging([name: value]) { $1 } }
            }
        }
    }

    @Test(
        "The differences are right, and lead to each context in which the value changes",
        arguments: [1, 2, 3] as [UInt64])
    func property(seed: UInt64) {
        var numbers = SplitMix(state: seed)
        for _ in 0..<3000 {
            let old = Self.state(&numbers, like: nil)
            let before = numbers.next() % 10 == 0 ? nil : old
            let after = numbers.next() % 10 == 0 ? nil : Self.state(&numbers, like: before)
            var budget = 10_000
            let comparison = WinnerComparison(before: before, after: after, budget: &budget)
            #expect(comparison.isComplete && budget > 0)
            var listed: [[String: String]] = []
            for difference in comparison.differences {
                let context = Dictionary(uniqueKeysWithValues: difference.context.map { ($0.feature, $0.value) })
                listed.append(context)
                #expect(difference.before?.value == Self.value(before, context))
                #expect(difference.after?.value == Self.value(after, context))
                #expect(difference.before?.value != difference.after?.value)
            }
            #expect(Set(listed).count == listed.count)
            for context in Self.contexts where Self.value(before, context) != Self.value(after, context) {
                let isExplained = listed.contains { $0.allSatisfy { context[$0.key] == $0.value } }
                #expect(isExplained, "\(context) is missing")
            }
        }
    }

    @Test("A comparison stops when it has examined as many contexts as it may")
    func budget() {
        let rules = (0..<100).map { index in
            Rule(id: index, setting: "s", value: 1, conditions: [Condition(feature: "f\(index)", value: "x")])
        }
        let order = ContextFeatureOrder((0..<100).map { "f\($0)" })
        var budget = 50
        let comparison = WinnerComparison(
            before: nil, after: .init(defaultValue: 0, rules: rules, order: order), budget: &budget)
        #expect(!comparison.isComplete && budget == 0 && !comparison.differences.isEmpty)
    }
}
