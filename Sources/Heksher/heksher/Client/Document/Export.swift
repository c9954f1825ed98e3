import ArgumentParser
import ContractJSON
import ContractRuntime
import ContractYAML
import HeksherAPI
import HeksherClient

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print everything as a document: the context features, and the settings with their rules.",
        discussion: """
            The document is YAML, or JSON with --json. The same state always has the same text, so the document can be kept under version \
            control: 'heksher diff' compares it with the service, and 'heksher apply' brings the service into line with it.

            With --into, the command updates a file that you have edited: it keeps the comments and the order of everything that is \
            still there.

            EXAMPLES
              heksher export > settings.yaml
              heksher export --prefix checkout. --into checkout.yaml
              heksher export --at 2026-11-28T10:00:00Z --output json
            """)

    @Option(help: ArgumentHelp("Only settings whose names begin with this.", valueName: "prefix"))
    var prefix: String?

    @Option(help: ArgumentHelp("The state at this time, which the history must reach.", valueName: "time"))
    var at: String?

    @Option(
        help: ArgumentHelp("Update this file instead of printing the document.", valueName: "file"), completion: .file()
    )
    var into: String?

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        if into != nil, options.output != nil || options.json {
            throw ValidationError("--into keeps the form of the file, which is YAML")
        }
        if let output = options.output, output != .json, output != .yaml {
            throw ValidationError("a document is YAML or JSON, and no \(output)")
        }
    }

    func run() async throws {
        let service = try options.service()
        let document = try await service.document(prefix: prefix, at: at.map(History.time))
        guard let into else { return try service.showExport(document) }
        guard InputFile.exists(into) else {
            try WrittenFile.write(YAMLWriter.document(document), to: into)
            return say("\(into) is written.")
        }
        let file = try await SettingsFile(into)
        let text = YAMLUpdate.text(file.text, file.node, to: document)
        // Nothing of the document must be lost, whatever the file looks like.
        guard let check = try? YAMLNode(parsing: Array(text.utf8)), check.jsonValue.describesSame(as: document) else {
            throw Refusal(
                .refused, "\(into) cannot be updated in place: export to a new file, and copy your comments into it")
        }
        guard text != file.text else { return say("\(into) is up to date.") }
        try WrittenFile.write(Array(text.utf8), to: into)
        say("\(into) is updated.")
    }
}

extension RemoteService {
    /// Everything as a document. Large ones take longer, so that no progress of the usual kind is printed.
    ///
    /// - Throws: ``Refusal``.
    func document(prefix: String?, at: String? = nil) async throws -> JSONValue {
        let document = try await read { client in
            var input = GetDocument.Input(prefix: prefix, at: at)
            input.accept = AcceptedMediaTypes("application/json")
            guard case .json(let document) = try await client.getDocument(input).ok.body else {
                throw Refusal(.notHeksher, "\(address) answers in YAML, although JSON was asked for")
            }
            return document
        }
        return try JSONValue(parsing: document.jsonBytes())
    }

    /// Prints a document: as YAML, unless the user wants JSON.
    func showExport(_ document: JSONValue) throws {
        if form == .json { return try showDocument(document) }
        try show(YAMLWriter.text(document))
    }
}

extension JSONValue {
    /// Whether two documents say the same: the order of rules does not count.
    func describesSame(as other: JSONValue) -> Bool { normalizedDocument == other.normalizedDocument }

    private var normalizedDocument: JSONValue {
        guard case .object(let members) = content else { return self }
        return JSONValue(
            object: members.map { member in
                if member.key == "rules", case .array(let elements) = member.value.content {
                    let sorted = elements.map { ($0.hashValue, $0) }.sorted { $0.0 < $1.0 }
                    return (key: member.key, value: JSONValue(array: sorted.map(\.1)))
                }
                return (key: member.key, value: member.value.normalizedDocument)
            })
    }
}
