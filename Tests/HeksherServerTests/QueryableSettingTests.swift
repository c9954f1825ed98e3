import ContractJSON
import HeksherCatalog
import HeksherDomain
import HeksherStore
import PostgresTesting
import Testing

@testable import HeksherServer

@Suite struct QueryableSettingTests {
    private static let features = ContextFeatureOrder(["user", "theme"])

    private static func texts(_ setting: QueryableSetting) throws -> [String] {
        try ["*", "user:(u1,u3),theme:*", "theme:(t2)"].flatMap { filters in
            let contexts = AdmittedContexts(try ContextFilters(parsing: filters), features)
            return [false, true].map { withMetadata in
                var body: [UInt8] = []
                setting.write(to: &body, contexts, withMetadata: withMetadata)
                return String(decoding: body, as: UTF8.self)
            }
        }
    }

    private static func rule(_ id: Int, _ numbers: inout SeededNumbers) -> Rule {
        let conditions = [("user", "u"), ("theme", "t")].filter { _ in Bool.random(using: &numbers) }
        return Rule(
            id: id, setting: "a", value: JSONValue(String(repeating: ":", count: .random(in: 0...9, using: &numbers))),
            conditions: conditions.map { feature, value in
                Condition(feature: feature, value: "\(value)\(Int.random(in: 1...4, using: &numbers))")
            },
            metadata: Bool.random(using: &numbers) ? ["k": JSONValue(.random(in: 0...999, using: &numbers))] : [:])
    }

    @Test("Applying changes of rules gives the same as building the setting from all rules")
    func rules() throws {
        var numbers = SeededNumbers(seed: 7)
        for _ in 0..<50 {
            var rules: [Int: Rule] = [:]
            var setting = try #require(
                QueryableSetting(QueriedSetting(name: "a", defaultValue: 1, rules: []), Self.features))
            for _ in 0..<40 {
                let ids = Set(
                    (0..<Int.random(in: 0...4, using: &numbers)).map { _ in Int.random(in: -3...9, using: &numbers) })
                let changes = ids.sorted().map { id in
                    RuleChange(id: id, rule: Bool.random(using: &numbers) ? Self.rule(id, &numbers) : nil)
                }
                for change in changes { rules[change.id] = change.rule }
                setting = try #require(setting.with(changes, Self.features))
                let all = rules.values.sorted { $0.id < $1.id }
                let expected = QueryableSetting(
                    QueriedSetting(name: "a", defaultValue: 1, rules: all), Self.features)
                #expect(try Self.texts(setting) == Self.texts(#require(expected)))
            }
        }
    }

    @Test("A rule with an unknown feature is refused")
    func unknownFeature() throws {
        let setting = try #require(
            QueryableSetting(QueriedSetting(name: "a", defaultValue: 1, rules: []), Self.features))
        let rule = Rule(id: 1, setting: "a", value: 1, conditions: [Condition(feature: "x", value: "y")])
        #expect(setting.with([RuleChange(id: 1, rule: rule)], Self.features) == nil)
    }
}
