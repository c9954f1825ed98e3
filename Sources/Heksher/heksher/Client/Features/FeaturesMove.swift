import ArgumentParser
import HeksherAPI
import Telemetry

struct FeaturesMove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Move a context feature directly after or before another one.",
        discussion: """
            EXAMPLE
              heksher features move user --after environment
            """)

    @Argument(help: "The context feature to move.", completion: .features)
    var name: NameArgument

    @Option(help: "The context feature to follow.", completion: .features)
    var after: NameArgument?

    @Option(help: "The context feature to precede.", completion: .features)
    var before: NameArgument?

    @OptionGroup var options: ServiceOptions

    func validate() throws { _ = try move() }

    func run() async throws {
        let service = try options.service()
        let (move, target, place) = try move()
        try await service.ask(ifUnknown: "\(name.text) or \(target) does not exist") {
            try await $0.moveContextFeature(.init(name: name.text, body: move)).noContent()
        }
        try service.tell("\(name.text.printable()) is directly \(place) \(target.printable()).")
    }

    private func move() throws -> (move: Schemas.ContextFeatureMove, target: String, place: String) {
        switch (after?.text, before?.text) {
        case (let target?, nil): (Schemas.ContextFeatureMove(toAfter: target), target, "after")
        case (nil, let target?): (Schemas.ContextFeatureMove(toBefore: target), target, "before")
        default: throw ValidationError("either --after or --before names where to move it")
        }
    }
}
