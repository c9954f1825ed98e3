import ArgumentParser
import ContractJSON
import HeksherServer

/// A page of the manual in the language of man(7), made from the declarations of one command.
struct ManualPage {
    /// The name of the file: `heksher-rule-add.1`.
    let file: String
    /// The text of the file.
    let text: String

    /// The pages of a program: one for each command.
    static func all(of program: any ParsableCommand.Type) throws -> [ManualPage] {
        let description = try JSONValue(parsing: program._dumpHelp())
        return pages(program, program, path: [], description["command"])
    }

    private static func pages(
        _ program: any ParsableCommand.Type, _ command: any ParsableCommand.Type, path: [String],
        _ description: JSONValue?
    ) -> [ManualPage] {
        let path = path + [command._commandName]
        let subcommands = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        let page = ManualPage(
            path, command.configuration, usage: program.usageString(for: command),
            arguments: description?["arguments"]?.elements ?? [], subcommands)
        return [page]
            + subcommands.flatMap { subcommand in
                pages(
                    program, subcommand, path: path,
                    description?["subcommands"]?.elements.first {
                        $0["commandName"]?.string == subcommand._commandName
                    })
            }
    }

    private init(
        _ path: [String], _ configuration: CommandConfiguration, usage: String, arguments: [JSONValue],
        _ subcommands: [any ParsableCommand.Type]
    ) {
        let name = path.joined(separator: "-")
        file = "\(name).1"
        var page = Roff()
        page.command("TH", [name.uppercased(), "1", "", "heksher \(HeksherApplication.version)", "Heksher"])
        page.section("NAME")
        page.text(
            "\(name) - \(configuration.abstract.hasSuffix(".") ? String(configuration.abstract.dropLast()) : configuration.abstract)"
        )
        page.section("SYNOPSIS")
        page.verbatim(usage.split(separator: "\n").map { String($0).trimmed })
        if !configuration.discussion.isEmpty {
            page.section("DESCRIPTION")
            page.discussion(configuration.discussion)
        }
        let shown = arguments.filter { $0["shouldDisplay"]?.bool == true }
        for (title, kinds) in [("ARGUMENTS", ["positional"]), ("OPTIONS", ["option", "flag"])] {
            let entries = shown.filter { kinds.contains($0["kind"]?.string ?? "") }
            if !entries.isEmpty { page.section(title) }
            for entry in entries { page.entry(Self.label(entry), Self.explanation(entry)) }
        }
        if !subcommands.isEmpty {
            page.section("COMMANDS")
            for subcommand in subcommands {
                page.entry(
                    "\(name)-\(subcommand._commandName)(1)", subcommand.configuration.abstract)
            }
        }
        if path.count > 1 {
            page.section("SEE ALSO")
            page.text("\(path.dropLast().joined(separator: "-"))(1)")
        }
        text = page.text
    }

    private static func label(_ argument: JSONValue) -> String {
        let names = (argument["names"]?.elements ?? []).compactMap { name -> String? in
            guard let text = name["name"]?.string else { return nil }
            return name["kind"]?.string == "long" ? "--\(text)" : "-\(text)"
        }
        let value = argument["kind"]?.string == "flag" ? nil : argument["valueName"]?.string.map { "<\($0)>" }
        return [names.joined(separator: ", "), value ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func explanation(_ argument: JSONValue) -> String {
        let text = argument["abstract"]?.string ?? ""
        return argument["defaultValue"]?.string.map { "\(text) (default: \($0))" } ?? text
    }
}

/// Text in the language of man(7).
private struct Roff {
    private(set) var text = ""

    mutating func command(_ name: String, _ arguments: [String] = []) {
        text += ".\(name)\(arguments.map { " \"\(Self.escaped($0).replacing("\"", with: "\\(dq"))\"" }.joined())\n"
    }

    mutating func section(_ title: String) { command("SH", [title]) }

    /// A paragraph, which is filled.
    mutating func text(_ paragraph: String) {
        for line in paragraph.split(separator: "\n") { text += Self.line(String(line)) }
    }

    /// Lines that stay as they are.
    mutating func verbatim(_ lines: [String]) {
        command("nf")
        for line in lines { text += line.isEmpty ? "\n" : Self.line(line) }
        command("fi")
    }

    mutating func entry(_ label: String, _ explanation: String) {
        command("TP")
        text += ".B \(Self.escaped(label))\n"
        text(explanation)
    }

    /// The parts of a discussion: paragraphs, indented lines that stay as they are, and titles in capital letters.
    mutating func discussion(_ discussion: String) {
        var block: [String] = []
        var isFirst = true
        func end(_ roff: inout Roff) {
            while block.last?.isEmpty == true { block.removeLast() }
            guard !block.isEmpty else { return }
            defer { block = [] }
            if !isFirst { roff.command("PP") }
            isFirst = false
            if block[0].hasPrefix("  ") { roff.verbatim(block) } else { roff.text(block.joined(separator: "\n")) }
        }
        for line in discussion.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.wholeMatch(of: /[A-Z][A-Z ]+/) != nil {
                end(&self)
                section(line)
                isFirst = true
            } else if line.isEmpty, block.first?.hasPrefix("  ") != true {
                end(&self)
            } else {
                if let first = block.first, !line.isEmpty, first.hasPrefix("  ") != line.hasPrefix("  ") { end(&self) }
                block.append(line)
            }
        }
        end(&self)
    }

    private static func line(_ line: String) -> String {
        let text = escaped(line)
        return (text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : "") + text + "\n"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case _ where scalar.isASCII: escaped.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                escaped += "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
            }
        }
        return escaped
    }
}
