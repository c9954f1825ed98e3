import ArgumentParser
import HeksherAPI
import HeksherClient

struct Undo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Undo a change: restore what it has changed or deleted, and delete what it has added.",
        discussion: """
            The service refuses if a later change has modified the same things, and names that change. An undo is itself a change that \
            can be undone. On a terminal, the command shows what would change and asks first.

            EXAMPLES
              heksher history --since 2026-11-28
              heksher undo 1042 --dry-run
              heksher undo 1042 --reason 'CHK-42: too many timeouts'
            """)

    @Argument(
        help: ArgumentHelp("The change, by its number, which 'heksher history' shows.", valueName: "change"),
        transform: ChangeID.parse)
    var id: Int

    @Flag(help: "Only show what would change.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Undo without asking. Without a terminal, the command never asks.")
    var yes = false

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        var plan: String?
        if !dryRun, !yes, Terminal.canAsk, service.form == .table {
            let tried = try await undo(service, dryRun: true, plan: nil)
            try tried.tell(service, isDone: false, ifUnchanged: "Undoing change \(id) changes nothing.")
            guard tried.changesSomething else { return }
            guard await Prompt.confirms("Undo change \(id)?") else { throw Refusal(.refused, "nothing is changed") }
            plan = tried.plan
        }
        let result = try await undo(service, dryRun: dryRun, plan: plan)
        try result.tell(service, isDone: !dryRun, ifUnchanged: "Undoing change \(id) changes nothing.")
    }

    private func undo(_ service: RemoteService, dryRun: Bool, plan: String?) async throws -> Schemas.ChangeResult {
        try await service.ask { client in
            let output = try await client.undoChange(
                .init(changeId: id, body: Schemas.UndoRequest(dryRun: dryRun, plan: plan)))
            if case .conflict(.json(let refusal)) = output { throw Refusal(refusal) }
            return try output.ok
        }
    }
}

/// Changes on the command line.
enum ChangeID {
    /// Reads the number of a change.
    ///
    /// - Throws: `ValidationError`.
    static func parse(_ text: String) throws -> Int {
        guard let id = Int(text), id >= 0 else {
            throw ValidationError("a change is given by its number, which 'heksher history' shows")
        }
        return id
    }
}
