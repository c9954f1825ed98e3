import ArgumentParser

struct RuleRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete rules, and their metadata with them.",
        discussion: """
            EXAMPLE
              heksher rule rm 1 2
            """)

    @Argument(help: ArgumentHelp("The ids of the rules.", valueName: "id"))
    var ids: [Int]

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        try await forEach(ids) { id in
            try await service.ask(ifUnknown: RuleCommand.unknown(id)) {
                try await $0.deleteRule(.init(ruleId: id)).noContent()
            }
            try service.tell("Rule \(id) is deleted.")
        }
    }
}
