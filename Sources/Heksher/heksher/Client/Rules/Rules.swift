import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import HeksherDomain

struct Rules: TableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List rules, for example all that concern a tenant.",
        discussion: """
            With --where, it lists the rules that have these conditions, and perhaps further ones. ('heksher query --where' lists the \
            rules that can apply if nothing else is known, and the defaults.)

            The columns are rule, setting, conditions and value; and, if --columns names it, metadata.

            EXAMPLES
              heksher rules
              heksher rules --where tenant=t5
              heksher rules 'checkout.*' --where 'tenant=*' --where environment=staging
              heksher rules --where tenant=t5 --output csv --columns rule,value
            """)

    static let columns: [Table.Column] = [
        .fixed("RULE"), .fixed("SETTING"), .fixed("CONDITIONS"), .flexible("VALUE"), .further("METADATA"),
    ]

    @OptionGroup var settings: SettingsArgument

    @OptionGroup var filters: FilterOptions
    @OptionGroup var display: DisplayOptions

    func run() async throws {
        let service = try display.service.service()
        let chosen = try chosenColumns()
        let wanted: [String] =
            if case .features(let features) = try filters.text().filters() { features.keys.sorted() } else { [] }
        try await service.warnOfUnknown(wanted)
        try await display.watch.run(service) { service in
            let names = try await settings.names.expanded(service)
            // The service admits a rule only if it admits each of its conditions, so all other features are admitted.
            let features =
                wanted.isEmpty ? [] : try await service.read { try await $0.listContextFeatures().ok.contextFeatures }
            let others = features.filter { !wanted.contains($0) }.map { "\($0):*" }
            let text = ([try filters.text().text] + others).joined(separator: ",")
            let result = try await service.read { client in
                try await client.queryRules(
                    .init(settings: names.isEmpty ? nil : names, contextFilters: text, includeMetadata: true)
                ).ok.body
            }
            try show(result, wanted, chosen, service)
        }
    }

    private func show(
        _ result: Schemas.QueryResult, _ wanted: [String], _ chosen: [Int]?, _ service: RemoteService
    ) throws {
        var table = Table(Self.columns, showing: chosen)
        for (name, setting) in result.settings {
            for rule in setting.rules {
                let own = Set(rule.contextFeatures.compactMap(\.first))
                guard wanted.allSatisfy(own.contains) else { continue }
                if service.form.isDocument {
                    try service.showDocument(rule.document(of: name))
                }
                table.add(
                    String(rule.ruleId), name, conditionText(rule.contextFeatures), rule.value.compacted().text,
                    (rule.metadata ?? [:]).listed.joined(separator: ","))
            }
        }
        try service.tell(table, ifEmpty: "There are no such rules.")
    }
}

extension Schemas.QueriedRule {
    /// The rule as a value of its own, in the form of a single rule.
    fileprivate func document(of setting: String) -> JSONValue {
        let rule = Schemas.Rule(
            setting: setting, value: value, featureValues: contextFeatures, metadata: metadata ?? [:])
        let members: [(key: String, value: JSONValue)] =
            if case .object(let members) = rule.jsonValue.content { members } else { [] }
        return JSONValue(object: [(key: "rule_id", value: JSONValue(ruleId))] + members)
    }
}
