import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import HeksherDomain

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show why a setting has its value in a context.",
        discussion: """
            Shows the value, the rule that wins, and for each other rule the reason why it does not: a condition that does not match, \
            or the more specific context feature that the winner has a condition on. The last line is the default, which applies if \
            no rule matches.

            EXAMPLES
              heksher explain checkout.retries --for tenant=acme,user=ann
              heksher explain checkout.retries
            """)

    @Argument(help: "The setting, by name or alias.")
    var name: NameArgument

    @OptionGroup var context: ContextOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let context = try context.context()
        let explanation = try await service.ask { client in
            try await client.explainSetting(.init(setting: name.text, context: context.text)).ok.body
        }
        RemoteService.warn(ofUnknown: explanation.unknownContextFeatures)
        try service.tell("\(explanation.sentence)\n".printable(keeping: "\n"))
        try service.tell(explanation.table, ifEmpty: "")
    }
}

extension Schemas.Explanation {
    fileprivate var sentence: String {
        let value = value.compacted().text
        if let ruleId { return "\(setting) is \(value), by rule \(ruleId)." }
        return rules.isEmpty
            ? "\(setting) is \(value), its default: it has no rules."
            : "\(setting) is \(value), its default: no rule matches."
    }

    fileprivate var table: Table {
        var table = Table(
            .fixed("RULE"), .fixed("OUTCOME"), .fixed("CONDITIONS"), .flexible("VALUE"), .flexible("WHY"))
        let winner = rules.first { $0.outcome == .wins }
        for rule in rules {
            table.add(
                String(rule.ruleId), rule.outcome.rawValue.replacing("_", with: " "),
                conditionText(rule.contextFeatures),
                rule.value.compacted().text, rule.reason(winner))
        }
        table.add(
            "default", winner == nil ? "applies" : "does not apply", "", defaultValue.compacted().text,
            winner.map { "rule \($0.ruleId) matches" } ?? "")
        return table
    }
}

extension Schemas.ExplainedRule {
    /// The reason for the outcome.
    fileprivate func reason(_ winner: Schemas.ExplainedRule?) -> String {
        switch outcome {
        case .wins: return "all conditions match"
        case .doesNotMatch:
            return mismatches.map { mismatch in
                mismatch.given.map { "\(mismatch.contextFeature) is \(FeatureValue.written($0))" }
                    ?? "\(mismatch.contextFeature) is not given"
            }.joined(separator: "; ")
        case .loses:
            guard let winner else { return "" }
            // Conditions are in the order of the features, the most specific last. The first difference from there decides.
            let (own, others) = (contextFeatures.reversed(), winner.contextFeatures.reversed())
            var features = own.compactMap(\.first)[...]
            for feature in others.compactMap(\.first) {
                if features.popFirst() != feature { return "rule \(winner.ruleId) has a condition on \(feature)" }
            }
            return "rule \(winner.ruleId) has the same conditions"
        }
    }
}
