import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import HeksherDomain

struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the value that each setting has in a context.",
        discussion: """
            The service decides which rule wins: of the rules whose conditions all match the context, the one with a condition on \
            the most specific context feature; if several have a condition on it, the next feature decides, and so on. If no rule \
            matches, the value is the setting's default. A condition on a feature that --for does not name does not match.

            EXAMPLES
              heksher evaluate --for tenant=acme,user=ann
              heksher evaluate checkout.retries ui.theme --for tenant=acme
              heksher evaluate checkout.retries --for 'tenant="Smith, Jones & Co"'
              heksher evaluate checkout.retries --for tenant=acme --json | jq '.settings[].value'

            'heksher explain' shows why a setting has its value.
            """)

    @Argument(help: ArgumentHelp("The settings, by name or alias; all of them if none is named.", valueName: "name"))
    var names: [NameArgument] = []

    @OptionGroup var context: ContextOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let context = try context.context()
        try await service.warnOfUnknown(context.names)
        let result = try await service.ask { client in
            try await client.evaluateSettings(
                .init(settings: names.isEmpty ? nil : names.map(\.text), context: context.text)
            ).ok.body
        }
        var table = Table(.fixed("SETTING"), .flexible("VALUE"), .fixed("RULE"))
        for (name, setting) in result.settings {
            table.add(name, setting.value.compacted().text, setting.ruleId.map(String.init) ?? "default")
        }
        try service.tell(table, ifEmpty: "There are no settings.")
    }
}
