import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import Telemetry

struct Declare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Declare a setting: create it, upgrade it, or compare it with what is stored.",
        discussion: """
            Repeating a declaration changes nothing. To change the stored setting, declare a higher version: a higher minor \
            number for a narrower type, another name, default or metadata, and for fewer context features; a higher major \
            number for all other changes. To rename a setting, declare it with its new name, and the stored name as --alias.

            --file takes declarations from a file instead: objects or arrays of them, one or several, as in
              {"name": "checkout.retries", "type": "int", "default_value": 3,
               "configurable_features": ["tenant"], "metadata": {}, "version": "1.0"}

            EXAMPLES
              heksher declare checkout.retries int 3 --by tenant
              heksher declare ui.theme 'Enum["dark","light"]' '"light"' --by user
              heksher declare checkout.retries int 4 --by tenant --version 1.1
              heksher declare --file settings.json
              heksher get checkout.retries ui.theme --json | heksher declare --file - --url http://other.example.com
            """)

    // For the parser, none of these is required: if one were missing, it would take --version for a request to print the program's version.
    @Argument(help: "The name of the setting.")
    var name: NameArgument?

    @Argument(help: "Its type: int, float, str, bool, Enum[…], Flags[…], Sequence<…> or Mapping<…>.")
    var type: String?

    @Argument(help: "Its default value, in JSON.", transform: JSONValue.init(argument:))
    var defaultValue: JSONValue?

    @Option(
        help: ArgumentHelp(
            "A context feature that its value may depend on. Given once for each.", valueName: "feature"))
    var by: [String] = []

    @Option(help: "The version that is declared. (default: 1.0)")
    var version: String?

    @Option(help: "A former name of the setting.")
    var alias: String?

    @OptionGroup var metadata: MetadataOptions

    @Option(help: "Read declarations from this file; '-' is the standard input stream.")
    var file: String?

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        if file == nil {
            _ = try declaration()
        } else if name != nil || !by.isEmpty || version != nil || alias != nil || !metadata.entries.isEmpty {
            throw ValidationError("--file takes all of a declaration from the file")
        }
    }

    func run() async throws {
        let service = try options.service()
        let declarations =
            if let file { try await DeclarationFile.read(file) } else { [try declaration()] }
        try await forEach(declarations) { declaration in
            let outcome = try await service.ask { client in
                switch try await client.declareSetting(.init(body: declaration)) {
                case .conflict(.json(.mismatch(let mismatch))): throw Refusal(mismatch, declaration)
                case .conflict(.json(.rejected(let rejected))): throw Refusal(rejected, declaration)
                case let output: return try output.ok
                }
            }
            try service.tell(outcome.lines(declaration).map { $0.printable() }.joined(separator: "\n"))
        }
    }

    private func declaration() throws -> Schemas.SettingDeclaration {
        guard let name, let type, let defaultValue else {
            throw ValidationError("a declaration has a name, a type and a default value, or comes from --file")
        }
        guard !by.isEmpty else {
            throw ValidationError("a setting has at least one context feature that it may depend on: --by feature")
        }
        return Schemas.SettingDeclaration(
            name: name.text, configurableFeatures: by, type: type, defaultValue: defaultValue,
            metadata: metadata.metadata, alias: alias, version: version ?? "1.0")
    }
}
