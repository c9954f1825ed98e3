import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import Telemetry

struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Schedule changes: list them, add, show and delete some.",
        discussion: """
            The service makes a scheduled change at its time, once, whichever instance is running then.

            EXAMPLES
              heksher schedule
              heksher schedule add sale.yaml --at 2026-12-24T00:00:00Z
              heksher schedule show 3
              heksher schedule rm 3
            """,
        subcommands: [ScheduleList.self, ScheduleAdd.self, ScheduleShow.self, ScheduleRemove.self],
        defaultSubcommand: ScheduleList.self)
}

struct ScheduleList: PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the scheduled changes, and those of the last 30 days that were made or failed.")

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let list = try await service.ask { try await $0.listScheduledChanges().ok }
        var table = Table(
            .fixed("ID"), .fixed("TIME"), .fixed("STATE"), .fixed("BY"), .flexible("OPERATIONS"), .flexible("REASON"))
        for change in list.scheduled {
            table.add(
                change.id, change.at, change.state.rawValue, change.by ?? "-", change.operationNames,
                change.reason ?? "-")
        }
        try service.tell(table, ifEmpty: "Nothing is scheduled.")
    }
}

struct ScheduleAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Schedule the operations of a file.",
        discussion: """
            The file is YAML or JSON: a list of operations, or an object with the list 'operations'. An operation has the members that \
            the API documents for several changes, as in
              - operation: setRule
                setting: checkout.max_items
                feature_values: {tenant: acme}
                value: 200
              - operation: unsetRule
                setting: checkout.max_items
                feature_values: {environment: staging}

            --now tries or makes the changes at once instead.

            EXAMPLES
              heksher schedule add sale.yaml --at 2026-12-24T00:00:00Z --reason 'Christmas sale'
              heksher schedule add sale.yaml --now --dry-run
            """)

    @Argument(help: "The file with the operations; '-' is the standard input stream.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The time of the change, as RFC 3339 has it.", valueName: "time"))
    var at: String?

    @Flag(help: "Make the changes now.")
    var now = false

    @Flag(help: "With --now, only show what would change.")
    var dryRun = false

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        if now == (at != nil) { throw ValidationError("either --at or --now says when to make the changes") }
        if dryRun, !now { throw ValidationError("--dry-run goes with --now") }
    }

    func run() async throws {
        let service = try options.service()
        let file = try await SettingsFile(file, listCalled: "operations")
        var request = try file.value(Schemas.ChangeRequest.self)
        (request.dryRun, request.at) = (dryRun, at.map(History.time))
        if at != nil { await warn(service, request.operations) }
        let result = try await service.ask { client -> Schemas.ChangeResult? in
            switch try await client.makeChanges(.init(body: request)) {
            case .ok(.json(let result)): return result
            case .accepted(.json(let scheduled), _):
                try service.tell("Scheduled change \(scheduled.id) will be made at \(scheduled.at).")
                return nil
            case .conflict(.json(let refusal)): throw Refusal(refusal)
            case .badRequest(.json(let refused)), .notFound(.json(let refused)),
                .preconditionFailed(.json(let refused)),
                .forbidden(.json(let refused)), .unprocessableContent(.json(.refusedOperation(let refused))):
                throw Refusal(refused)
            case let output: return try output.ok
            }
        }
        try result?.tell(service, isDone: !dryRun, ifUnchanged: "Nothing changes.")
    }
}

extension ScheduleAdd {
    /// Warns the user of operations that would be refused now.
    private func warn(_ service: RemoteService, _ operations: [Schemas.ChangeOperation]) async {
        let tried = Schemas.ChangeRequest(operations: operations, dryRun: true)
        let refused = try? await service.read { client -> Schemas.RefusedOperation? in
            switch try await client.makeChanges(.init(body: tried)) {
            case .conflict(.json(.refusedOperation(let refused))), .badRequest(.json(let refused)),
                .notFound(.json(let refused)), .preconditionFailed(.json(let refused)), .forbidden(.json(let refused)):
                return refused
            case .unprocessableContent(.json(.refusedOperation(let refused))):
                // The service refuses to schedule malformed operations.
                if case .string = refused.answer.content { return refused }
                return nil
            default: return nil
            }
        }
        guard let refused = refused ?? nil else { return }
        say("heksher: warning: made now, the change would fail: \(Refusal(refused).sentence)")
    }
}

struct ScheduleShow: PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a scheduled change with its operations and its outcome.")

    @Argument(help: "The number of the scheduled change.", transform: ScheduledID.parse)
    var id: Int

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let change = try await service.ask { try await $0.getScheduledChange(.init(scheduledId: id)).ok }
        var sheet = FactSheet()
        sheet.add("ID", change.id)
        sheet.add("TIME", change.at)
        sheet.add("STATE", change.state.rawValue)
        sheet.add("BY", change.by ?? "-")
        sheet.add("REASON", change.reason ?? "-")
        if let time = change.finishedAt { sheet.add("FINISHED", time) }
        if let id = change.changeId { sheet.add("CHANGE", id) }
        if change.state == .failed { sheet.add("REFUSAL", change.answer.compacted().text) }
        sheet.add(
            "OPERATIONS",
            change.operations.map { "\((try? JSONValue(parsing: $0.jsonBytes()))?.compacted().text ?? "-")" })
        try service.tell([sheet], as: Table(.flexible("OPERATIONS")), isTable: false)
    }
}

struct ScheduleRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Delete a scheduled change, so that it is not made.")

    @Argument(help: "The number of the scheduled change.", transform: ScheduledID.parse)
    var id: Int

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        try await service.ask { try await $0.deleteScheduledChange(.init(scheduledId: id)).noContent() }
        try service.tell("Scheduled change \(id) is deleted.")
    }
}

enum ScheduledID {
    /// Reads the number of a scheduled change.
    ///
    /// - Throws: `ValidationError`.
    static func parse(_ text: String) throws -> Int {
        guard let id = Int(text), id >= 0 else {
            throw ValidationError("a scheduled change is given by its number, which 'heksher schedule' shows")
        }
        return id
    }
}

extension Schemas.ScheduledChange {
    /// The names of the operations, each once.
    fileprivate var operationNames: String {
        var counts: [(name: String, count: Int)] = []
        for operation in operations {
            let name = operation.operation.rawValue
            if let index = counts.firstIndex(where: { $0.name == name }) {
                counts[index].count += 1
            } else {
                counts.append((name, 1))
            }
        }
        return counts.map { $0.count == 1 ? $0.name : "\($0.name) ×\($0.count)" }.joined(separator: ", ")
    }
}
