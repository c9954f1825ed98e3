import ArgumentParser
import HeksherAPI
import HeksherClient
import HeksherDomain

struct Query: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the values that settings have, and where.",
        discussion: """
            Shows the default of each setting, then its rules: the value that each gives, and the conditions that must hold for \
            it. --where leaves those rules that can concern a context. A feature that it does not name admits no rule; without \
            --where, all rules are shown.

            EXAMPLES
              heksher query
              heksher query checkout.retries --where tenant=acme
              heksher query --where tenant=acme --where 'user=*'
              heksher query --where 'tenant:(acme,globex),user:*'
            """)

    @Argument(help: ArgumentHelp("The settings, by name or alias; all of them if none is named.", valueName: "name"))
    var names: [NameArgument] = []

    @Option(
        help: ArgumentHelp(
            """
            Which rules: feature=value, feature=* for any value, or the service's own feature:(value,value) and feature:* \
            joined by commas. May be given several times.
            """, valueName: "filter"))
    var `where`: [String] = []

    @Flag(help: "Show the metadata of the rules too.")
    var metadata = false

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        do {
            _ = try ContextFilters(parsing: ContextFilterText(`where`).text)
        } catch .malformed {
            throw ValidationError(
                "--where takes feature=value, feature=*, or feature:(value,value) and feature:* joined by commas")
        } catch .repeatedFeatures(let features) {
            throw ValidationError("--where names \(features.joined(separator: ", ")) more than once")
        }
    }

    func run() async throws {
        let service = try options.service()
        let result = try await service.ask { client in
            try await client.queryRules(
                .init(
                    settings: names.isEmpty ? nil : names.map(\.text), contextFilters: ContextFilterText(`where`).text,
                    includeMetadata: metadata)
            ).ok.body
        }
        try service.tell(table(result), ifEmpty: "There are no settings.")
    }

    private func table(_ result: Schemas.QueryResult) -> Table {
        let columns: [Table.Column] = [.fixed("SETTING"), .fixed("CONDITIONS"), .flexible("VALUE"), .fixed("RULE")]
        var table = Table(metadata ? columns + [.flexible("METADATA")] : columns)
        for (name, setting) in result.settings {
            table.add([name, "default", setting.defaultValue.compacted().text, ""] + (metadata ? [""] : []))
            for rule in setting.rules {
                let told = rule.metadata.map { [$0.listed.joined(separator: ",")] } ?? []
                table.add(
                    [
                        name, conditionText(rule.contextFeatures), rule.value.compacted().text, String(rule.ruleId),
                    ] + told)
            }
        }
        return table
    }
}

/// The conditions of a rule on one line: `environment=staging,tenant=acme`. Only SQL can make a rule without any.
func conditionText(_ conditions: [[String]]) -> String {
    conditions.isEmpty ? "always" : conditions.map { $0.joined(separator: "=") }.joined(separator: ",")
}
