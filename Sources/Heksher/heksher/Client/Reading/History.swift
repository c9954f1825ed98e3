import ArgumentParser
import HeksherAPI
import HeksherClient

struct History: PagedCommand {
    static let configuration = CommandConfiguration(
        abstract: "List changes, the latest first: who changed what, when and why.",
        discussion: """
            The history has every change, whether it was made with this program, over HTTP or by SQL. 'heksher show' shows one change in \
            full. A time is written as in 2026-11-28 or 2026-11-28T10:00:00Z, in UTC.

            The columns are change, time, by, what and reason; and, if --columns names them, via and address.

            EXAMPLES
              heksher history
              heksher history checkout.retries
              heksher history --by deployment --since 2026-11-28
              heksher history --rule 7 --output json
            """)

    static let columns: [Table.Column] = [
        .fixed("CHANGE"), .fixed("TIME"), .fixed("BY"), .flexible("WHAT"), .flexible("REASON"), .further("VIA"),
        .further("ADDRESS"),
    ]

    /// The kinds of changes.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case setting, rule
        case contextFeatures = "context_features"
    }

    @Argument(
        help: ArgumentHelp("Only changes of this setting and of its rules.", valueName: "name"), completion: .settings)
    var setting: String?

    @Option(help: ArgumentHelp("Only changes of this rule.", valueName: "id"), transform: RuleID.parse)
    var rule: Int?

    @Option(help: ArgumentHelp("Only changes by this author, as the column BY has it.", valueName: "name"))
    var by: String?

    @Option(help: "Only changes of this kind.")
    var kind: Kind?

    @Option(help: ArgumentHelp("Only changes from this time on.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only changes before this time.", valueName: "time"))
    var until: String?

    @Option(help: "How many changes to list, at most.")
    var limit = 50

    @OptionGroup var tableOptions: TableOptions
    @OptionGroup var options: ServiceOptions

    func validate() throws {
        _ = try tableOptions.chosen(Self.columns)
        if limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
    }

    func run() async throws {
        let service = try options.service()
        var table = Table(Self.columns, showing: try tableOptions.chosen(Self.columns))
        var (rest, cursor) = (limit, String?.none)
        repeat {
            let input = ListChanges.Input(
                setting: setting, ruleId: rule, by: by,
                kind: kind.flatMap { Schemas.ChangeItemKind(rawValue: $0.rawValue) }, since: since.map(Self.time),
                until: until.map(Self.time), limit: min(rest, 200), cursor: cursor)
            let list = try await service.ask { try await $0.listChanges(input).ok }
            for change in list.changes {
                table.add(
                    change.id, change.shortTime, change.by.name ?? "-", change.what, change.reason ?? "-",
                    change.by.via.rawValue, change.by.address ?? "-")
            }
            rest -= list.changes.count
            cursor = rest > 0 ? list.cursor : nil
        } while cursor != nil
        try service.tell(table, ifEmpty: "There are no such changes.")
    }

    /// A day stands for its beginning.
    static func time(_ text: String) -> String {
        text.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) == nil ? text : "\(text)T00:00:00Z"
    }
}

struct Show: PagedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a change in full: each thing that it changed, before and after.",
        discussion: """
            EXAMPLE
              heksher show 1042
            """)

    @Argument(
        help: ArgumentHelp("The change, by its number, which 'heksher history' shows.", valueName: "change"),
        transform: ChangeID.parse)
    var id: Int

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let change = try await service.ask { try await $0.getChange(.init(changeId: id)).ok }
        var sheet = FactSheet()
        sheet.add("CHANGE", change.id)
        sheet.add("TIME", change.at)
        sheet.add(
            "BY",
            [change.by.name, "via \(change.by.via.rawValue)", change.by.address].compactMap { $0 }.joined(
                separator: ", "))
        sheet.add("REASON", change.reason ?? "-")
        var lines: [String] = []
        for item in change.items {
            lines.append(item.sentence)
            lines += item.differences.map { "  \($0)" }
        }
        if change.more > 0 { lines.append("and \(change.more.counted("further thing"))") }
        sheet.add("WHAT", lines)
        try service.tell([sheet], as: Table(.flexible("WHAT")), isTable: false)
    }
}
