import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import HeksherDomain
import Telemetry

struct Declare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Declare a setting: create it, upgrade it, or compare it with what is stored.",
        discussion: """
            Repeating a declaration changes nothing. To change the stored setting, declare a higher version: a higher minor \
            number for a narrower type, another name, default or metadata, and for fewer context features; a higher major \
            number for all other changes. To rename a setting, declare it with its new name, and the stored name as --alias. \
            'heksher set', 'heksher rename' and 'heksher metadata' change one thing and keep the rest.

            --file takes declarations from a file instead: objects or arrays of them, one or several, as in
              {"name": "checkout.retries", "type": "int", "default_value": 3,
               "configurable_features": ["tenant"], "metadata": {}, "version": "1.0"}

            All or nothing: before the first declaration of a file is made, the command compares all of them with what is stored. If the \
            service would refuse one, nothing is declared, and the command names it. The service has no transaction for several \
            declarations. So if another client changes these settings between the check and the end of the command, a declaration can \
            still be refused; the command then stops, and lists the declarations that were made.

            EXAMPLES
              heksher declare checkout.retries int 3 --by tenant
              heksher declare ui.theme 'Enum["dark","light"]' light --by tenant,user
              heksher declare checkout.retries int 4 --by tenant --version 1.1
              heksher declare --file settings.json
              heksher get 'checkout.*' --json \\
                  | heksher declare --file - --url http://other.example.com
            """)

    // For the parser, none of these is required: if one were missing, it would take --version for a request to print the program's version.
    @Argument(help: "The name of the setting.", completion: .settings)
    var name: NameArgument?

    @Argument(
        help: "Its type: int, float, str, bool, Enum[…], Flags[…], Sequence<…> or Mapping<…>.", completion: .types)
    var type: String?

    @Argument(help: "Its default value, in JSON; strings can be bare words.")
    var defaultValue: ValueArgument?

    @Option(
        help: ArgumentHelp(
            "A context feature that its value may depend on, or several joined by commas. May be given several times.",
            valueName: "feature"),
        completion: .features)
    var by: [String] = []

    @Option(help: "The version that is declared. (default: 1.0)")
    var version: String?

    @Option(help: "A former name of the setting.", completion: .settings)
    var alias: String?

    @OptionGroup var metadata: MetadataOptions

    @Option(help: "Read declarations from this file; '-' is the standard input stream.", completion: .file())
    var file: String?

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        if file == nil {
            guard name != nil, type != nil, defaultValue != nil else {
                throw ValidationError("a declaration has a name, a type and a default value, or comes from --file")
            }
            guard !by.isEmpty else {
                throw ValidationError("a setting has at least one context feature that it may depend on: --by feature")
            }
        } else if name != nil || !by.isEmpty || version != nil || alias != nil || !metadata.entries.isEmpty {
            throw ValidationError("--file takes all of a declaration from the file")
        }
    }

    func run() async throws {
        let service = try options.service()
        guard let file else { return try await declare(try declaration(), service) }
        let declarations = try await DeclarationFile.read(file)
        if let only = declarations.first, declarations.count == 1 { return try await declare(only, service) }
        if !declarations.isEmpty { try await DeclarationCheck.run(declarations, service) }
        for (index, declaration) in declarations.enumerated() {
            do {
                try await declare(declaration, service)
            } catch let refusal as Refusal {
                throw refusal.ofDeclaration(index, among: declarations)
            }
        }
    }

    private func declare(_ declaration: Schemas.SettingDeclaration, _ service: RemoteService) async throws {
        let outcome = try await service.ask { client in
            switch try await client.declareSetting(.init(body: declaration)) {
            case .conflict(.json(.mismatch(let mismatch))): throw Refusal(mismatch, declaration)
            case .conflict(.json(.rejected(let rejected))): throw Refusal(rejected, declaration)
            case let output: return try output.ok
            }
        }
        try service.tell(outcome.lines(declaration).map { $0.printable() }.joined(separator: "\n"))
    }

    private func declaration() throws -> Schemas.SettingDeclaration {
        guard let name, let type, let defaultValue else {
            throw ValidationError("a declaration has a name, a type and a default value, or comes from --file")
        }
        if let hint = TypeHint.hint(for: type) { throw Refusal(.refused, hint) }
        return Schemas.SettingDeclaration(
            name: name.text, configurableFeatures: by.flatMap { $0.split(separator: ",").map(String.init) }, type: type,
            defaultValue: try defaultValue.value(for: SettingType(stored: type)), metadata: metadata.metadata,
            alias: alias,
            version: version ?? "1.0")
    }
}

extension Refusal {
    /// The refusal of one of several declarations, although the check before found nothing.
    fileprivate func ofDeclaration(_ index: Int, among declarations: [Schemas.SettingDeclaration]) -> Refusal {
        let names = declarations.map(\.name)
        let (made, missing) = (Array(names[..<index]), Array(names[(index + 1)...]))
        return Refusal(
            status, "declaration \(index + 1), \(names[index]), is refused; something has changed since the check:",
            details: [sentence] + details.map { "  \($0)" } + [
                made.isEmpty ? "nothing was declared before it" : "declared before it: \(made.listed)"
            ] + (missing.isEmpty ? [] : ["not declared: \(missing.listed)"]))
    }
}
