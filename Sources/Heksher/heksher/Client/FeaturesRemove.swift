import ArgumentParser
import Telemetry

struct FeaturesRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete context features that no setting is configurable by.",
        discussion: """
            EXAMPLE
              heksher features rm user
            """)

    @Argument(help: ArgumentHelp("Their names.", valueName: "name"))
    var names: [NameArgument]

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        try await forEach(names.map(\.text)) { name in
            try await service.ask(ifUnknown: "the context feature \(name) does not exist") {
                try await $0.deleteContextFeature(.init(name: name)).noContent()
            }
            try service.tell("\(name.printable()) is deleted.")
        }
    }
}
