import ArgumentParser
import HeksherAPI
import Telemetry

struct RuleRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete rules, and their metadata with them.",
        discussion: """
            On a terminal, it shows the rules and asks first.

            EXAMPLE
              heksher rule rm 1 2
            """)

    @Argument(help: ArgumentHelp("The ids of the rules.", valueName: "id"), transform: RuleID.parse)
    var ids: [Int]

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        try await confirm(service)
        try await forEach(ids) { id in
            try await service.ask(ifUnknown: RuleCommand.unknown(id)) {
                try await $0.deleteRule(.init(ruleId: id)).noContent()
            }
            try service.tell("Rule \(id) is deleted.")
        }
    }

    private func confirm(_ service: RemoteService) async throws {
        guard confirmation.asks else { return }
        var lines = ["This deletes:"]
        for id in ids {
            let rule = try await service.read(ifUnknown: RuleCommand.unknown(id)) {
                try await $0.getRule(.init(ruleId: id)).ok.body
            }
            let value = rule.value.compacted().text
            lines.append(
                "  rule \(id) of \(rule.setting): \(value) where \(conditionText(rule.featureValues))".printable())
        }
        try await confirmation.ask(lines, "Delete \(ids.count.counted("rule"))?")
    }
}
