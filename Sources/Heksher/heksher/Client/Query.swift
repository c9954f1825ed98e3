import ArgumentParser
import HeksherAPI
import HeksherClient
import HeksherDomain

struct Query: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the values that settings have, and where.",
        discussion: """
            Shows the default of each setting, then its rules: the value of each rule and the conditions under which it applies. \
            With --where, it shows only the rules that can apply in a context: a rule with a condition on a feature that --where \
            does not name is omitted. Without --where, it shows all rules.

            EXAMPLES
              heksher query
              heksher query checkout.retries --where tenant=acme
              heksher query --where tenant=acme --where 'user=*'
              heksher query --where 'tenant:(acme,globex),user:*'
              heksher query --where 'tenant=Smith, Jones & Co'

            'heksher evaluate' shows the one value that a setting has in a context, and 'heksher explain' shows why.
            """)

    @Argument(help: ArgumentHelp("The settings, by name or alias; all of them if none is named.", valueName: "name"))
    var names: [NameArgument] = []

    @Option(
        help: ArgumentHelp(
            """
            Which rules: feature=value, feature=* for any value, or the service's own feature:(value,value) and feature:* \
            joined by commas, where a value with a comma, a bracket or a quotation mark is a JSON string. May be given several \
            times.
            """, valueName: "filter"))
    var `where`: [String] = []

    @Flag(help: "Show the metadata of the rules too.")
    var metadata = false

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        _ = try filters()
    }

    /// - Throws: `ValidationError`.
    private func filters() throws -> (filters: ContextFilters, text: String) {
        let text = try ContextFilterText(`where`).text
        do {
            return (try ContextFilters(parsing: text), text)
        } catch ContextFiltersError.malformed(let error) {
            throw ValidationError(
                "--where takes feature=value, feature=*, or feature:(value,value) and feature:* joined by commas: \(error)"
            )
        } catch ContextFiltersError.repeatedFeatures(let features) {
            throw ValidationError("--where names \(features.joined(separator: ", ")) more than once")
        }
    }

    func run() async throws {
        let service = try options.service()
        let (filters, text) = try filters()
        if case .features(let features) = filters { try await service.warnOfUnknown(features.keys.sorted()) }
        let result = try await service.ask { client in
            try await client.queryRules(
                .init(
                    settings: names.isEmpty ? nil : names.map(\.text), contextFilters: text, includeMetadata: metadata)
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

/// The conditions of a rule on one line: `environment=staging,tenant=acme`. A value that contains a comma or the like is a JSON string. Only
/// SQL can create a rule without conditions.
func conditionText(_ conditions: [[String]]) -> String {
    if conditions.isEmpty { return "always" }
    return conditions.map { condition in
        guard condition.count == 2 else { return condition.joined(separator: "=") }
        return "\(condition[0])=\(FeatureValue.written(condition[1]))"
    }.joined(separator: ",")
}
