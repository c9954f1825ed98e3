import ArgumentParser
import ContractJSON
import HeksherAPI

struct RuleSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Give a rule another value.",
        discussion: """
            EXAMPLE
              heksher rule set 1 7
            """)

    @Argument(help: "The id of the rule.")
    var id: Int

    @Argument(help: "The value, in JSON.", transform: JSONValue.init(argument:))
    var value: JSONValue

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        try await service.ask(ifUnknown: RuleCommand.unknown(id)) {
            try await $0.changeRuleValue(.init(ruleId: id, body: Schemas.RuleValueChange(value: value))).noContent()
        }
        try service.tell("Rule \(id) is changed.")
    }
}
