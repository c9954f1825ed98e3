import ArgumentParser
import HeksherAPI
import HeksherDomain

struct RuleSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Give a rule another value, and print the previous one.",
        discussion: """
            EXAMPLES
              heksher rule set 1 7
              heksher rule set 2 dark
            """)

    @Argument(help: "The id of the rule.", transform: RuleID.parse)
    var id: Int

    @Argument(help: "The value, in JSON; strings can be bare words.")
    var value: ValueArgument

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let rule = try await service.read(ifUnknown: RuleCommand.unknown(id)) {
            try await $0.getRule(.init(ruleId: id)).ok.body
        }
        let setting = try await service.read { try await $0.getSetting(.init(name: rule.setting)).ok.body }
        let value = try value.value(for: SettingType(stored: setting.type))
        try await service.ask(ifUnknown: RuleCommand.unknown(id)) {
            try await $0.changeRuleValue(.init(ruleId: id, body: Schemas.RuleValueChange(value: value))).noContent()
        }
        var change = ChangeReport("Rule \(id) of \(rule.setting)")
        change.add("value", rule.value.compacted().text, value.compacted().text)
        try service.tell(change.text)
    }
}
