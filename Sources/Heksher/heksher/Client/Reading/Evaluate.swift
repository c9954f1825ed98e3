import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import HeksherDomain

struct Evaluate: TableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the value that each setting has in a context.",
        discussion: """
            The service decides which rule wins: of the rules whose conditions all match the context, the one with a condition on \
            the most specific context feature; if several have a condition on it, the next feature decides, and so on. If no rule \
            matches, the value is the setting's default. A condition on a feature that --for does not name does not match.

            The columns are setting, value and rule.

            EXAMPLES
              heksher evaluate --for tenant=acme,user=ann
              heksher evaluate 'checkout.*' ui.theme --for tenant=acme
              heksher evaluate checkout.retries --for 'tenant="Smith, Jones & Co"'
              heksher evaluate checkout.retries --for tenant=acme --json | jq '.settings[].value'
              heksher evaluate checkout.retries --for tenant=acme --watch

            'heksher explain' shows why a setting has its value.
            """)

    static let columns: [Table.Column] = [.fixed("SETTING"), .flexible("VALUE"), .fixed("RULE")]

    @OptionGroup var settings: SettingsArgument
    @OptionGroup var context: ContextOptions
    @OptionGroup var display: DisplayOptions

    func run() async throws {
        let service = try display.service.service()
        let context = try context.context()
        let chosen = try chosenColumns()
        try await service.warnOfUnknown(context.names)
        try await display.watch.run(service) { service in
            let names = try await settings.names.expanded(service)
            let result = try await service.ask { client in
                try await client.evaluateSettings(
                    .init(settings: names.isEmpty ? nil : names, context: context.text)
                ).ok.body
            }
            var table = Table(Self.columns, showing: chosen)
            for (name, setting) in result.settings {
                table.add(
                    name, setting.value.compacted().text, setting.ruleId.map(String.init) ?? "default",
                    style: setting.ruleId == nil ? .dim : nil)
            }
            try service.tell(table, ifEmpty: "There are no settings.")
        }
    }
}
