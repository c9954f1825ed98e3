import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient

struct RuleAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Give a setting another value where conditions hold.",
        discussion: """
            EXAMPLES
              heksher rule add checkout.retries 5 --when tenant=acme
              heksher rule add ui.theme '"dark"' --when tenant=acme --when user=ann \\
                  --metadata reason='asked for it'
            """)

    @Argument(help: "The setting, by name or alias.")
    var setting: NameArgument

    @Argument(help: "The value, in JSON.", transform: JSONValue.init(argument:))
    var value: JSONValue

    @OptionGroup var conditions: ConditionOptions
    @OptionGroup var metadata: MetadataOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let rule = Schemas.NewRule(
            setting: setting.text, featureValues: conditions.featureValues, value: value, metadata: metadata.metadata)
        let reference = try await service.ask { client in
            let output = try await client.addRule(.init(body: rule))
            if case .unprocessableContent(.plainText(let sentence)) = output {
                // This operation has only one such response: the setting does not exist.
                throw Refusal(.notFound, sentence)
            }
            return try output.created.body
        }
        try service.tell("Rule \(reference.ruleId) is added.")
    }
}
