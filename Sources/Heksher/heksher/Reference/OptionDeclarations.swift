import ArgumentParser
import ContractJSON

/// The options of all commands, read from their declarations.
struct OptionDeclarations {
    /// No option is newer than the first release. A newer one needs a declaration of its release.
    private static let since = "0.1.0"

    /// The options in the order of the commands. Equal options of several commands are one entry.
    private(set) var entries: [ConfigurationEntry] = []
    /// The commands that call a service: all of them take `--token`.
    private var clientCommands: [String] = []

    /// Reads the options of a program's commands.
    init(_ program: any ParsableCommand.Type) throws {
        let description = try JSONValue(parsing: program._dumpHelp())
        for command in description["command"]?["subcommands"]?.elements ?? [] { read(command, below: "") }
        for index in entries.indices where entries[index].commands == clientCommands {
            entries[index].commands = ["client"]
        }
    }

    private mutating func read(_ command: JSONValue, below parent: String) {
        guard let name = command["commandName"]?.string, name != "help" else { return }
        let path =
            name == EnvironmentHelp._commandName
            ? EnvironmentHelp.visibleName : parent.isEmpty ? name : "\(parent) \(name)"
        for argument in command["arguments"]?.elements ?? [] { add(argument, of: path) }
        for subcommand in command["subcommands"]?.elements ?? [] { read(subcommand, below: path) }
    }

    private mutating func add(_ argument: JSONValue, of command: String) {
        guard let option = argument["preferredName"]?["name"]?.string, argument["shouldDisplay"]?.bool == true else {
            return
        }
        let isFlag = argument["kind"]?.string == "flag"
        // Each command has these two.
        if isFlag, ["help", "version"].contains(option) { return }
        if option == "token" { clientCommands.append(command) }
        let value = isFlag ? nil : argument["valueName"]?.string.map { " <\($0)>" }
        var entry = ConfigurationEntry(
            name: "--\(option)\(value ?? "")", meaning: argument["abstract"]?.string ?? "",
            defaultValue: argument["defaultValue"]?.string, since: Self.since, commands: [command])
        // A default in words is part of the help text.
        if let match = entry.meaning.wholeMatch(of: /(.*) \(default: (.*)\)/) {
            (entry.meaning, entry.defaultValue) = (String(match.1), String(match.2))
        }
        let same = entries.firstIndex {
            ($0.name, $0.meaning, $0.defaultValue) == (entry.name, entry.meaning, entry.defaultValue)
        }
        if let same {
            entries[same].commands.append(command)
        } else {
            entries.append(entry)
        }
    }
}
