import ArgumentParser
import ContractGenerator
import ContractJSON
import Diagnostics

struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a document without writing anything.",
        discussion: """
            Tells all that `generate` would say of the document, on the standard output.

            With --format json that is a list with an object for each diagnostic, for editors and other programs:

              [{"file":"openapi.yaml","line":12,"column":9,"severity":"error","message":"…","notes":[]}]

            Lines and columns count from 1; both are null for what concerns the whole document.

            The exit status is 1 if there are errors, or with --strict if there is anything at all.

            Examples:

              openapi-generate lint openapi.yaml
              openapi-generate lint openapi.yaml --strict --format json
            """)

    @Argument(help: ArgumentHelp("The OpenAPI document.", valueName: "document"))
    var document: String

    @OptionGroup var configured: Configured
    @Option(help: "How to tell it: text or json.")
    var format = OutputFormat.text

    @Flag(help: "Let warnings count as errors do.")
    var strict = false

    func run() throws {
        let diagnostics = Generator.check(
            try File.readOrExit(document), file: document, configuration: try configured.configuration(),
            reading: File.read)
        switch format {
        case .text: for diagnostic in diagnostics { print(diagnostic) }
        case .json: print(JSONValue(array: diagnostics.map(\.json)).text)
        }
        if strict ? !diagnostics.isEmpty : diagnostics.contains(where: { $0.severity == .error }) {
            throw ExitCode.failure
        }
    }
}

/// The format in which a command lists diagnostics.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

extension Diagnostic {
    fileprivate var json: JSONValue {
        JSONValue(
            object: JSONValue.place(file, position) + [
                ("severity", JSONValue(severity.rawValue)), ("message", JSONValue(message)),
                ("notes", JSONValue(array: notes.map(\.json))),
            ])
    }
}

extension JSONValue {
    /// The members that describe a position.
    static func place(_ file: String, _ position: SourcePosition?) -> [(key: String, value: JSONValue)] {
        [
            ("file", JSONValue(file)), ("line", position.map { JSONValue($0.line) } ?? nil),
            ("column", position.map { JSONValue($0.column) } ?? nil),
        ]
    }
}
