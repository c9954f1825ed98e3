import ArgumentParser
import ContractJSON
import HeksherServer

/// `heksher help --environment`: all variables and options, with their defaults and the release that added them.
///
/// The parser's own `help` takes no options. So the program turns these arguments into a hidden command.
struct EnvironmentHelp: PagedCommand {
    /// The command that the user types.
    static let visibleName = "help --environment"

    static let configuration = CommandConfiguration(
        commandName: "help-environment",
        abstract: "List all variables and options of the program.", shouldDisplay: false)

    @Flag(help: "Print the list as JSON.")
    var json = false

    /// The arguments of this command, if these ask for it; otherwise the same ones.
    static func rewritten(_ arguments: [String]) -> [String] {
        guard arguments.first == "help", arguments.contains("--environment") else { return arguments }
        return ["help-environment"] + arguments.dropFirst().filter { $0 != "--environment" }
    }

    func run() async throws {
        let options = try OptionDeclarations(Heksher.self).entries
        if json {
            let list: JSONValue = [
                "variables": JSONValue(array: ConfigurationEntry.variables.map(\.json)),
                "options": JSONValue(array: options.map(\.json)),
            ]
            try show(list.text)
        } else {
            let sections = [("ENVIRONMENT", ConfigurationEntry.variables), ("OPTIONS", options)].map { title, entries in
                "\(title)\n" + entries.map(\.help.description).joined(separator: "\n")
            }
            try show(sections.joined(separator: "\n\n"))
        }
    }
}
