import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import HeksherDomain
import PosixSupport
import Telemetry

struct Explain: TableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show why a setting has its value in a context.",
        discussion: """
            Shows the value, the rule that wins, and for each other rule the reason why it does not: a condition that does not match, \
            or the more specific context feature that the winner has a condition on. The last line is the default, which applies if \
            no rule matches.

            The columns are rule, outcome, conditions, value and why.

            EXAMPLES
              heksher explain checkout.retries --for tenant=acme,user=ann
              heksher explain checkout.retries
            """)

    static let columns: [Table.Column] = [
        .fixed("RULE"), .fixed("OUTCOME"), .fixed("CONDITIONS"), .flexible("VALUE"), .flexible("WHY"),
    ]

    @OptionGroup var name: SettingArgument

    @OptionGroup var context: ContextOptions
    @OptionGroup var display: DisplayOptions

    func run() async throws {
        let context = try context.context()
        let chosen = try chosenColumns()
        let service = try display.service.service()
        try await service.warnOfUnknown(context.names)
        try await display.watch.run(service) { service in
            let explanation = try await service.ask { client in
                try await client.explainSetting(.init(setting: name.text, context: context.text)).ok.body
            }
            if service.form == .table {
                let sentence = explanation.sentence.printable()
                try service.tell("\(Style.isEnabled(on: STDOUT_FILENO) ? sentence.styled(.bold) : sentence)\n")
            }
            try service.tell(explanation.table(chosen), ifEmpty: "")
        }
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

    fileprivate func table(_ chosen: [Int]?) -> Table {
        var table = Table(Explain.columns, showing: chosen)
        let winner = rules.first { $0.outcome == .wins }
        for rule in rules {
            table.add(
                String(rule.ruleId), rule.outcome.rawValue.replacing("_", with: " "),
                conditionText(rule.contextFeatures),
                rule.value.compacted().text, rule.reason(winner), style: rule.outcome == .wins ? .green : .dim)
        }
        table.add(
            "default", winner == nil ? "applies" : "does not apply", "", defaultValue.compacted().text,
            winner.map { "rule \($0.ruleId) matches" } ?? "", style: winner == nil ? .green : .dim)
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
