import ArgumentParser
import HeksherAPI
import Telemetry

struct FeaturesAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add context features at the end, as the most specific ones.",
        discussion: """
            EXAMPLE
              heksher features add environment tenant user
            """)

    @Argument(help: ArgumentHelp("Their names, the most general first.", valueName: "name"))
    var names: [NameArgument]

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        try await forEach(names.map(\.text)) { name in
            try await service.ask { client in
                let output = try await client.addContextFeature(
                    .init(body: Schemas.NewContextFeature(contextFeature: name)))
                if case .conflict = output { throw Refusal(.conflict, "\(name) is a context feature already") }
                try output.noContent()
            }
            try service.tell("\(name.printable()) is added.")
        }
    }
}
