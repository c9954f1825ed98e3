import ArgumentParser
import Telemetry

struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete settings, and their rules, metadata and aliases with them.",
        discussion: """
            EXAMPLE
              heksher rm checkout.retries
            """)

    @Argument(help: ArgumentHelp("The settings, by name or alias.", valueName: "name"))
    var names: [NameArgument]

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        try await forEach(names.map(\.text)) { name in
            try await service.ask { try await $0.deleteSetting(.init(name: name)).noContent() }
            try service.tell("\(name.printable()) is deleted, and its rules with it.")
        }
    }
}
