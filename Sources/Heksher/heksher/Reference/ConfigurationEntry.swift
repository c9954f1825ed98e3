import ContractJSON
import HeksherServer

/// A variable or an option of the program, as the reference of its configuration describes it.
struct ConfigurationEntry {
    /// The name of a variable, or an option with its value: `--port <port>`.
    var name: String
    var meaning: String
    var defaultValue: String?
    /// The first release with the variable or option.
    var since: String
    /// The commands that read the variable or take the option. `client` stands for all commands that call a service.
    var commands: [String]
    /// Whether the value must not be shown or logged.
    var isSecret = false

    /// All variables, in the order of their declarations.
    static let variables = EnvironmentVariable.allCases.map { variable in
        let declaration = variable.declaration
        return ConfigurationEntry(
            name: variable.name, meaning: declaration.meaning, defaultValue: declaration.defaultValue,
            since: declaration.since,
            commands: EnvironmentVariable.Command.allCases.filter(declaration.commands.contains).map(\.rawValue),
            isSecret: declaration.isSecret)
    }

    /// The entry in the program's help.
    var help: HelpEntry {
        var text = meaning
        if let defaultValue { text += " (default: \(defaultValue))" }
        text += " Read by: \(commands.joined(separator: ", ")). Since: \(since)."
        return HelpEntry(name: name, text: text)
    }

    /// The members `name`, `meaning`, `default`, `since`, `commands` and `secret`.
    var json: JSONValue {
        [
            "name": JSONValue(name), "meaning": JSONValue(meaning),
            "default": defaultValue.map { JSONValue($0) } ?? nil, "since": JSONValue(since),
            "commands": JSONValue(array: commands.map { JSONValue($0) }), "secret": JSONValue(isSecret),
        ]
    }
}
