import ArgumentParser
import HeksherAPI

struct RuleGet: PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show rules in full.",
        discussion: """
            The columns are rule, setting, conditions, value and metadata.

            EXAMPLE
              heksher rule get 1
            """)

    static let columns: [Table.Column] = [
        .fixed("RULE"), .fixed("SETTING"), .fixed("CONDITIONS"), .flexible("VALUE"), .flexible("METADATA"),
    ]

    @Argument(help: ArgumentHelp("The ids of the rules.", valueName: "id"), transform: RuleID.parse)
    var ids: [Int]

    @OptionGroup var tableOptions: TableOptions
    @OptionGroup var options: ServiceOptions

    func validate() throws { _ = try tableOptions.chosen(Self.columns) }

    func run() async throws {
        let service = try options.service()
        let chosen = try tableOptions.chosen(Self.columns)
        var table = Table(Self.columns, showing: chosen)
        var sheets: [FactSheet] = []
        // Show the rules that were found, also if another one does not exist.
        let outcome: Result<Void, any Error>
        do {
            try await forEach(ids) { id in
                let rule = try await service.ask(ifUnknown: RuleCommand.unknown(id)) {
                    try await $0.getRule(.init(ruleId: id)).ok.body
                }
                sheets.append(FactSheet(id, rule))
                table.add(
                    String(id), rule.setting, conditionText(rule.featureValues), rule.value.compacted().text,
                    rule.metadata.listed.joined(separator: ","))
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        if !sheets.isEmpty { try service.tell(sheets, as: table, isTable: chosen != nil) }
        try outcome.get()
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
