import ArgumentParser

/// The question before something is deleted.
struct ConfirmationOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Delete without asking. Without a terminal, the command never asks.")
    var yes = false

    /// Whether the user is asked.
    var asks: Bool { !yes && Terminal.canAsk }

    /// Shows what will be deleted, and asks the user.
    ///
    /// - Throws: ``Refusal`` if the user does not want it.
    func ask(_ lines: [String], _ question: String) async throws {
        guard asks else { return }
        say(lines.joined(separator: "\n"))
        guard await Prompt.confirms(question) else { throw Refusal(.refused, "nothing is deleted") }
    }
}

extension Int {
    /// The number and a noun: `1 rule`, `2 rules`.
    func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
