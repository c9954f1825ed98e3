import ArgumentParser
import HeksherAPI
import HeksherClient
import HeksherDomain

struct Query: TableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the default and the rules of settings.",
        discussion: """
            Shows the default of each setting, then its rules: the value of each rule and the conditions under which it applies. \
            With --where, it shows only the rules that can apply in a context: a rule with a condition on a feature that --where \
            does not name is omitted. Without --where, it shows all rules.

            The columns are setting, conditions, value and rule; and metadata, if --columns or --metadata asks for it.

            EXAMPLES
              heksher query
              heksher query 'checkout.*' --where tenant=acme
              heksher query --where tenant=acme --where 'user=*'
              heksher query --where 'tenant:(acme,globex),user:*'
              heksher query --where 'tenant=Smith, Jones & Co'
              heksher query --output csv > rules.csv

            'heksher rules' shows the rules that have a condition, 'heksher evaluate' the one value that a setting has in a context, \
            and 'heksher explain' why.
            """)

    static let columns: [Table.Column] = [
        .fixed("SETTING"), .fixed("CONDITIONS"), .flexible("VALUE"), .fixed("RULE"), .further("METADATA"),
    ]

    @OptionGroup var settings: SettingsArgument

    @OptionGroup var filters: FilterOptions

    @Flag(help: "Show the metadata of the rules too.")
    var metadata = false

    @OptionGroup var display: DisplayOptions

    func run() async throws {
        let service = try display.service.service()
        let text = try filters.text()
        if case .features(let features) = try text.filters() {
            try await service.warnOfUnknown(features.keys.sorted())
        }
        var chosen = try chosenColumns()
        let metadataColumn = Self.columns.count - 1
        if metadata {
            chosen = (chosen ?? Array(0..<metadataColumn)).filter { $0 != metadataColumn } + [metadataColumn]
        }
        let needsMetadata = chosen?.contains(metadataColumn) == true
        try await display.watch.run(service) { service in
            let names = try await settings.names.expanded(service)
            let result = try await service.ask { client in
                try await client.queryRules(
                    .init(
                        settings: names.isEmpty ? nil : names, contextFilters: text.text,
                        includeMetadata: needsMetadata)
                ).ok.body
            }
            try service.tell(table(result, chosen), ifEmpty: "There are no settings.")
        }
    }

    private func table(_ result: Schemas.QueryResult, _ chosen: [Int]?) -> Table {
        var table = Table(Self.columns, showing: chosen)
        for (name, setting) in result.settings {
            table.add(name, "", setting.defaultValue.compacted().text, "default", "", style: .dim)
            for rule in setting.rules {
                table.add(
                    name, conditionText(rule.contextFeatures), rule.value.compacted().text, String(rule.ruleId),
                    (rule.metadata ?? [:]).listed.joined(separator: ","))
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
