import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import HeksherDomain

struct RuleAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Give a setting another value where conditions hold.",
        discussion: """
            The value is JSON. Where the type of the setting makes clear that it is a string, it can be a bare word.

            EXAMPLES
              heksher rule add checkout.retries 5 --when tenant=acme
              heksher rule add ui.theme dark --when tenant=acme,user=ann \\
                  --metadata reason='asked for it'
            """)

    @OptionGroup var setting: SettingArgument

    @Argument(help: "The value, in JSON; strings can be bare words.")
    var value: ValueArgument

    @OptionGroup var conditions: ConditionOptions
    @OptionGroup var metadata: MetadataOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let stored = try await service.setting(setting.text)
        let foreign = conditions.featureValues.keys.filter { !stored.configurableFeatures.contains($0) }
        if let first = foreign.first {
            throw Refusal(
                .refused,
                "\(stored.name) does not depend on \(first), only on \(stored.configurableFeatures.listed)")
        }
        for (feature, value) in conditions.featureValues where value == "*" {
            say(
                "heksher: warning: the rule applies only if \(feature) is the text '*'; without that condition, \(feature) can be anything"
            )
        }
        let rule = Schemas.RuleAddition(
            setting: setting.text, featureValues: conditions.featureValues,
            value: try value.value(for: SettingType(stored: stored.type)), metadata: metadata.metadata)
        let reference = try await service.ask { client in
            let output = try await client.addRule(.init(body: rule))
            if case .unprocessableContent(.plainText(let sentence)) = output {
                // This operation has only one such response: the setting does not exist.
                throw Refusal(.notFound, sentence)
            }
            if case .conflict(.plainText(let sentence)) = output, let id = sentence.firstMatch(of: /rule (\d+)/)?.1 {
                throw Refusal(
                    .conflict, "\(sentence); 'heksher rule set \(id) \(rule.value.compacted().text)' changes its value")
            }
            return try output.created.body
        }
        try service.tell("Rule \(reference.ruleId) is added.")
    }
}
