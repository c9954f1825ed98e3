import ArgumentParser
import HeksherAPI
import HeksherDomain
import Telemetry

struct FeaturesValues: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "values",
        abstract: "Show or set the only values that a context feature may have.",
        discussion: """
            The service refuses rules and contexts with a value that is not in the feature's list. Without values, the command shows \
            the list.

            EXAMPLES
              heksher features values environment
              heksher features values environment production staging
              heksher features values environment --any
            """)

    @Argument(help: "The context feature.")
    var name: NameArgument

    @Argument(help: ArgumentHelp("The values that it may have.", valueName: "value"))
    var values: [String] = []

    @Flag(name: .customLong("any"), help: "Allow any value.")
    var allowsAny = false

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        if allowsAny, !values.isEmpty {
            throw ValidationError("--any allows any value, so no values can be given with it")
        }
        for value in values {
            if let problem = FeatureValue.problem(value) { throw ValidationError(problem.sentence(about: name.text)) }
        }
    }

    func run() async throws {
        let service = try options.service()
        let unknown = "the context feature \(name.text) does not exist"
        guard allowsAny || !values.isEmpty else {
            let found = try await service.ask(ifUnknown: unknown) {
                try await $0.getContextFeatureValues(.init(name: name.text)).ok.values
            }
            var table = Table(.flexible("VALUE"))
            for value in found ?? [] { table.add(value) }
            return try service.tell(table, ifEmpty: "\(name.text.printable()) may have any value.")
        }
        try await service.ask(ifUnknown: unknown) { client in
            let output = try await client.setContextFeatureValues(
                .init(name: name.text, body: Schemas.ContextFeatureValues(values: allowsAny ? nil : values)))
            if case .conflict(.json(let conflicts)) = output {
                throw Refusal(.conflict, "rules have other values:", details: conflicts.conflicts)
            }
            try output.noContent()
        }
        try service.tell(
            allowsAny
                ? "\(name.text.printable()) may have any value."
                : "\(name.text.printable()) may have these values only: \(values.joined(separator: ", ").printable())")
    }
}
