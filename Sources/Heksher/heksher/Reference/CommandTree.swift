import ArgumentParser
import ContractJSON
import Diagnostics

/// A word that is not a command, or an option that a command does not have.
struct Misspelling: Error {
    /// The sentence, the usage of the command, and where to read more, as the parser prints them.
    let message: String

    /// - Parameters:
    ///   - command: the last of the commands that were recognized.
    ///   - path: the words of that command.
    init(_ sentence: String, _ command: any ParsableCommand.Type, _ path: [String]) {
        let usage = Heksher.usageString(for: command)
        message = CommandTree.shortened(
            "Error: \(sentence)\nUsage: \(usage)\n  See '\(path.joined(separator: " ")) --help' for more information.")
    }
}

/// The commands of the program.
struct CommandTree {
    private let root: any ParsableCommand.Type

    init(_ root: any ParsableCommand.Type) {
        self.root = root
    }

    /// A sentence about a word that should be a command; `nil` if all of them are commands.
    ///
    /// The parser takes an unknown word after `help` for nothing, and an unknown word elsewhere for an argument. Commands with subcommands
    /// have no arguments of their own here, so the word is a mistake.
    func unknownCommand(in arguments: [String]) -> Misspelling? {
        var command = root
        var path = [root._commandName]
        for word in arguments.first == "help" ? arguments.dropFirst() : arguments[...] {
            let subcommands = command.configuration.subcommands
            guard !word.hasPrefix("-"), !subcommands.isEmpty else { return nil }
            guard let next = subcommands.first(where: { $0.names.contains(word) }) else {
                // The parser adds this command.
                if word == "help", path.count == 1 { return nil }
                let known = subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
                let near = Self.nearest(to: word, among: known + (path.count == 1 ? ["help"] : []))
                return Misspelling(
                    "'\(path.joined(separator: " "))' has no command '\(word)'.\(near.map { " Did you mean '\($0)'?" } ?? "")",
                    command, path)
            }
            command = next
            path.append(word)
        }
        return nil
    }

    /// A sentence about an option that its command does not have; `nil` if the command has all of them.
    ///
    /// The parser reports a missing argument first, even if it is missing only because its option is misspelt.
    func unknownOption(in arguments: [String]) throws -> Misspelling? {
        // The parser reports errors in the requests of completion scripts to the scripts.
        if arguments.first?.hasPrefix("---") == true { return nil }
        var command = root
        var path = [root._commandName]
        var description = try JSONValue(parsing: root._dumpHelp())["command"]
        var words = arguments[...]
        func descend(to name: String) -> Bool {
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == name }) else {
                return false
            }
            command = next
            description = description?["subcommands"]?.elements.first { $0["commandName"]?.string == name }
            return true
        }
        while let word = words.first, descend(to: word) {
            path.append(word)
            words = words.dropFirst()
        }
        // Without a subcommand, the options are those of the usual one.
        if let usual = command.configuration.defaultSubcommand { _ = descend(to: usual._commandName) }
        let names = (description?["arguments"]?.elements ?? []).flatMap { $0["names"]?.elements ?? [] }
            .compactMap { $0["kind"]?.string == "long" ? $0["name"]?.string : nil }
        for word in words.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
            let name = String(word.dropFirst(2).prefix { $0 != "=" })
            guard !names.contains(name), !["help-hidden", "experimental-dump-help"].contains(name) else { continue }
            let near = (Self.nearest(to: name, among: names) ?? Self.sibling(of: name, among: names))
                .map { " Did you mean '--\($0)'?" }
            return Misspelling("There is no option '--\(name)'.\(near ?? "")", command, path)
        }
        return nil
    }

    /// A message of the parser about invalid arguments, with `[options]` in place of all optional ones, and with the beginning of the
    /// program's other messages.
    static func shortened(_ message: String) -> String {
        message.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if line.hasPrefix("Error: ") {
                return "heksher: \(line.dropFirst("Error: ".count))\(joiningHint(line, message))"
            }
            guard line.hasPrefix("Usage: ") else { return String(line) }
            let short = line.replacing(/\ \[--[^\]]*\]/, with: "")
            return short.count < line.count ? "\(short) [options]" : String(line)
        }.joined(separator: "\n")
    }

    /// How to give several conditions or context features, if a message is about an argument that is probably one of them.
    private static func joiningHint(_ line: Substring, _ message: String) -> String {
        guard line.hasPrefix("Error: Unexpected argument") || line.contains("unexpected arguments") else { return "" }
        if line.contains("=") {
            return "; --when and --for take conditions that are joined by commas, as in tenant=acme,user=ann"
        }
        return message.contains("\nUsage: heksher declare")
            ? "; --by takes context features that are joined by commas, as in --by environment,tenant" : ""
    }

    /// The most similar name: a misspelt one, or the only one with this beginning.
    static func nearest(to word: String, among names: [String]) -> String? {
        if let near = NearMiss.nearest(to: word, among: names) { return near }
        let beginning = names.filter { $0.hasPrefix(word) && word.count > 1 }
        return beginning.count == 1 ? beginning[0] : Self.synonyms[word].flatMap { names.contains($0) ? $0 : nil }
    }

    /// Options that take conditions: each command has one of them.
    private static let conditionOptions = ["when", "where", "for"]

    private static func sibling(of name: String, among names: [String]) -> String? {
        guard conditionOptions.contains(name) else { return nil }
        return conditionOptions.first(where: names.contains)
    }

    /// Words of other programs.
    private static let synonyms = [
        "delete": "rm", "remove": "rm", "del": "rm", "list": "get", "ls": "get", "show": "get", "describe": "get",
        "create": "declare", "update": "set", "edit": "set", "start": "serve", "run": "serve", "mv": "rename",
        "auth": "login",
        "settings": "get", "env": "help", "man": "manual", "feature": "features", "new": "add",
    ]
}

extension ParsableCommand {
    fileprivate static var names: [String] { [_commandName] + configuration.aliases }
}
