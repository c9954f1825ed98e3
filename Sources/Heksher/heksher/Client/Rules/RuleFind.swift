import ArgumentParser
import HeksherDomain

struct RuleFind: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Print the id of the rule that has exactly these conditions.",
        discussion: """
            EXAMPLE
              heksher rule rm $(heksher rule find checkout.retries --when tenant=acme)
            """)

    @OptionGroup var setting: SettingArgument

    @OptionGroup var conditions: ConditionOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let found = try await service.ask(ifUnknown: "\(setting.text) has no rule with exactly these conditions") {
            try await $0.searchRules(
                .init(
                    setting: setting.text,
                    featureValues: Context(conditions.featureValues.map { ($0.key, $0.value) }).text)
            ).ok
        }
        try service.tell("\(found.ruleId)")
    }
}
