import ArgumentParser
import HeksherAPI

struct RuleGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show rules in full.",
        discussion: """
            EXAMPLE
              heksher rule get 1
            """)

    @Argument(help: ArgumentHelp("The ids of the rules.", valueName: "id"))
    var ids: [Int]

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        var isFirst = true
        try await forEach(ids) { id in
            let rule = try await service.ask(ifUnknown: RuleCommand.unknown(id)) {
                try await $0.getRule(.init(ruleId: id)).ok
            }
            if !isFirst { try service.tell("") }
            isFirst = false
            try service.tell(FactSheet(id, rule).text)
        }
    }
}

extension FactSheet {
    fileprivate init(_ id: Int, _ rule: Schemas.Rule) {
        self.init()
        add("RULE", String(id))
        add("SETTING", rule.setting)
        add("CONDITIONS", conditionText(rule.featureValues))
        add("VALUE", rule.value.compacted().text)
        add("METADATA", rule.metadata.listed)
    }
}
