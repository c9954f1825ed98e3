import ArgumentParser
import Telemetry

struct FeaturesRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete context features that no setting is configurable by.",
        discussion: """
            On a terminal, it asks first.

            EXAMPLE
              heksher features rm user
            """)

    @Argument(help: ArgumentHelp("Their names.", valueName: "name"), completion: .features)
    var names: [NameArgument]

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        try await confirmation.ask(
            ["This deletes the context feature\(names.count == 1 ? "" : "s") \(names.map(\.text).listed)."],
            "Delete \(names.count == 1 ? "it" : "them")?")
        try await forEach(names.map(\.text)) { name in
            try await service.ask(ifUnknown: "the context feature \(name) does not exist") {
                try await $0.deleteContextFeature(.init(name: name)).noContent()
            }
            try service.tell("\(name.printable()) is deleted.")
        }
    }
}
