import ArgumentParser
import HeksherAPI
import HeksherClient
import Telemetry

struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete settings, and their rules, metadata and aliases with them.",
        discussion: """
            On a terminal, it shows the settings with their rules and asks first. Without a terminal, it deletes at once; a name with * \
            or ? then needs --yes.

            EXAMPLES
              heksher rm checkout.retries
              heksher rm 'checkout.*' --yes
            """)

    @Argument(
        help: ArgumentHelp("The settings, by name, pattern or alias.", valueName: "name"), completion: .settings)
    var names: [NameArgument]

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: ServiceOptions

    /// The number of rules of a setting that are shown before the question.
    private static let shownRules = 10

    func run() async throws {
        let service = try options.service()
        if names.havePattern, !confirmation.yes, !confirmation.asks {
            throw Refusal(
                .refused, "a pattern may match more settings than you think: without a terminal, it needs --yes")
        }
        let names = try await names.expanded(service)
        if confirmation.asks { try await confirm(names, service) }
        try await forEach(names) { name in
            try await service.ask { try await $0.deleteSetting(.init(name: name)).noContent() }
            try service.tell("\(name.printable()) is deleted, and its rules with it.")
        }
    }

    private func confirm(_ names: [String], _ service: RemoteService) async throws {
        var lines = ["This deletes:"]
        var ruleCount = 0
        for name in names {
            let setting = try await service.setting(name)
            let rules = try await service.read { client in
                try await client.queryRules(.init(settings: [name])).ok.body.settings.values.first?.rules ?? []
            }
            ruleCount += rules.count
            let aliases = setting.aliases.isEmpty ? "" : ", also called \(setting.aliases.listed)"
            lines.append(
                "  \(setting.name) (\(setting.type), default \(setting.defaultValue.compacted()), version \(setting.version)\(aliases))"
                    .printable())
            for rule in rules.prefix(Self.shownRules) {
                let value = rule.value.compacted()
                lines.append(
                    "    rule \(rule.ruleId): \(value) where \(conditionText(rule.contextFeatures))".printable())
            }
            if rules.count > Self.shownRules {
                lines.append("    and \((rules.count - Self.shownRules).counted("more rule"))")
            }
        }
        let what = "\(names.count.counted("setting")) and \(ruleCount.counted("rule"))"
        try await confirmation.ask(lines, "Delete \(what)?")
    }
}
