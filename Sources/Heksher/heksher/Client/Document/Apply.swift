import ArgumentParser
import ContractJSON
import ContractRuntime
import HeksherAPI
import HeksherClient
import HeksherDomain
import PosixSupport

/// How a document is applied.
struct DocumentOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only settings whose names begin with this.", valueName: "prefix"))
    var prefix: String?

    @Flag(help: "Also delete what is not in the document.")
    var prune = false

    @Flag(help: "Accept versions that are not higher than the stored ones, to restore an earlier document.")
    var downgrade = false
}

struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what applying a document would change, and in which contexts settings would have other values.",
        discussion: """
            Nothing is changed. --save-plan keeps the document together with these changes in a file: 'heksher apply --plan' makes exactly \
            them, or refuses.

            EXIT STATUS
              0   Nothing would change.
              2   Something would change.
              Others as for every command.

            EXAMPLES
              heksher diff settings.yaml
              heksher diff checkout.yaml --prefix checkout. --prune --save-plan plan.json
            """)

    @Argument(help: "The document, in YAML or JSON; '-' is the standard input stream.", completion: .file())
    var file: String

    @OptionGroup var document: DocumentOptions

    @Option(
        help: ArgumentHelp("Write the document and the plan of its changes into this file.", valueName: "file"),
        completion: .file())
    var savePlan: String?

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let file = try await SettingsFile(file)
        let contents = try file.document(prefix: document.prefix)
        var plan = DocumentPlan(
            plan: "", prefix: document.prefix, prune: document.prune, downgrade: document.downgrade, document: contents)
        let result: Schemas.ChangeResult
        do {
            result = try await service.apply(plan, dryRun: true, checksPlan: false)
        } catch let refusal as Refusal {
            throw file.locating(refusal)
        }
        if let savePlan {
            plan.plan = result.plan
            try WrittenFile.write(Array(plan.text.utf8), to: savePlan)
        }
        try result.tell(service, isDone: false, ifUnchanged: "Nothing would change.")
        if result.changesSomething { throw ExitCode(2) }
    }
}

struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the settings into line with a document.",
        discussion: """
            All changes are made in one transaction, or none. A setting that differs from the document needs a higher version in the \
            document, as in a declaration. Without --prune, the command deletes nothing.

            With --plan instead of a document, the command makes exactly the changes that 'heksher diff --save-plan' has shown, or refuses.

            EXAMPLES
              heksher apply settings.yaml --reason 'merge of #42'
              heksher apply checkout.yaml --prefix checkout. --prune
              heksher apply --plan plan.json
              heksher export --at 2026-11-28T10:00:00Z | heksher apply - --prune --downgrade
            """)

    @Argument(help: "The document, in YAML or JSON; '-' is the standard input stream.", completion: .file())
    var file: String?

    @OptionGroup var document: DocumentOptions

    @Option(
        help: ArgumentHelp("A plan that 'heksher diff --save-plan' has written.", valueName: "file"),
        completion: .file())
    var plan: String?

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        guard (file == nil) != (plan == nil) else {
            throw ValidationError("either a document or --plan says what to apply")
        }
        if plan != nil, document.prefix != nil || document.prune || document.downgrade {
            throw ValidationError("a plan contains its own --prefix, --prune and --downgrade")
        }
    }

    func run() async throws {
        let service = try options.service()
        let name = plan ?? file ?? "-"
        let file = try await SettingsFile(name)
        if plan == nil, file.node.mapping?.contains(where: { $0.key.name == "plan" }) == true {
            throw Refusal(.refused, "\(name) is a plan: apply it with --plan")
        }
        let wanted =
            if plan != nil {
                try DocumentPlan(file)
            } else {
                DocumentPlan(
                    plan: "", prefix: document.prefix, prune: document.prune, downgrade: document.downgrade,
                    document: try file.document(prefix: document.prefix))
            }
        let result: Schemas.ChangeResult
        do {
            result = try await service.apply(wanted, dryRun: false, checksPlan: plan != nil)
        } catch let refusal as Refusal {
            throw plan == nil ? file.locating(refusal) : refusal
        }
        try result.tell(service, isDone: true, ifUnchanged: "Nothing changes.")
    }
}

struct Copy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy settings with their rules from one service to another.",
        discussion: """
            A service is given by its address, or by the name of a profile that 'heksher login' has stored, whose token is then used. \
            Versions count as in 'heksher apply': a setting that differs at an equal or lower version is a conflict.

            EXAMPLES
              heksher copy --from staging --to production --prefix checkout. --dry-run
              heksher copy --from https://a.example.com --to https://b.example.com --prefix checkout.
            """)

    @Option(help: ArgumentHelp("The service to read from: an address or a profile.", valueName: "service"))
    var from: String

    @Option(help: ArgumentHelp("The service to change: an address or a profile.", valueName: "service"))
    var to: String

    @Option(help: ArgumentHelp("Only settings whose names begin with this.", valueName: "prefix"))
    var prefix: String?

    @Flag(help: "Also delete what the first service does not have.")
    var prune = false

    @Flag(help: "Accept versions that are not higher than the stored ones.")
    var downgrade = false

    @Flag(help: "Only show what would change.")
    var dryRun = false

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        if options.url != nil || options.profile != nil {
            throw ValidationError("--from and --to name the services, and not --url or --profile")
        }
    }

    func run() async throws {
        let source = try options.service(named: from)
        let target = try options.service(named: to)
        let document = try await source.document(prefix: prefix)
        var problems = ValidationProblems()
        var reader = JSONReader(document)
        guard let contents = try Schemas.Document.decode(from: &reader, problems: &problems) else {
            throw Refusal(
                .refused, "\(source.address) has settings that no document can have:",
                details: problems.list.map(\.description))
        }
        let plan = DocumentPlan(plan: "", prefix: prefix, prune: prune, downgrade: downgrade, document: contents)
        let result = try await target.apply(plan, dryRun: dryRun, checksPlan: false)
        try result.tell(target, isDone: !dryRun, ifUnchanged: "Nothing changes: both services have the same.")
    }
}

/// A document, and the changes that it was reviewed with.
struct DocumentPlan {
    var plan: String
    var prefix: String?
    var prune: Bool
    var downgrade: Bool
    var document: Schemas.Document

    init(plan: String, prefix: String?, prune: Bool, downgrade: Bool, document: Schemas.Document) {
        self.plan = plan
        self.prefix = prefix
        self.prune = prune
        self.downgrade = downgrade
        self.document = document
    }

    /// Reads a plan.
    ///
    /// - Throws: ``Refusal``.
    init(_ file: SettingsFile) throws {
        func member(_ name: String) -> JSONValue? {
            file.node.mapping?.first { $0.key.name == name }?.value.jsonValue
        }
        guard case .string(let plan)? = member("plan")?.content, let document = member("document") else {
            throw Refusal(.refused, "\(file.name) is no plan, which 'heksher diff --save-plan' writes")
        }
        var problems = ValidationProblems()
        var reader = JSONReader(document)
        guard let contents = try Schemas.Document.decode(from: &reader, problems: &problems) else {
            throw Refusal(.refused, "\(file.name) has a malformed document:", details: problems.list.map(\.description))
        }
        var prefix: String?
        if case .string(let text)? = member("prefix")?.content { prefix = text }
        func flag(_ name: String) -> Bool { if case .bool(true)? = member(name)?.content { true } else { false } }
        self.init(
            plan: plan, prefix: prefix, prune: flag("prune"), downgrade: flag("downgrade"), document: contents)
    }

    /// The text of the file: JSON, with one line for each part.
    var text: String {
        let members: [(String, String)] = [
            ("plan", JSONValue(plan).text), ("prefix", prefix.map { JSONValue($0).text } ?? "null"),
            ("prune", "\(prune)"), ("downgrade", "\(downgrade)"),
            ("document", String(decoding: document.jsonBytes(), as: UTF8.self)),
        ]
        return "{\n" + members.map { "  \"\($0.0)\": \($0.1)" }.joined(separator: ",\n") + "\n}\n"
    }
}

extension RemoteService {
    /// Applies a document, or shows what that would change.
    ///
    /// - Throws: ``Refusal``.
    fileprivate func apply(_ plan: DocumentPlan, dryRun: Bool, checksPlan: Bool) async throws -> Schemas.ChangeResult {
        try await ask { client in
            let output = try await client.applyDocument(
                .init(
                    prefix: plan.prefix, prune: plan.prune, dryRun: dryRun, downgrade: plan.downgrade,
                    plan: checksPlan ? plan.plan : nil, body: plan.document))
            switch output {
            case .conflict(.json(let refusal)): throw Refusal(refusal)
            case .unprocessableContent(.json(let error)): throw Refusal(problems: error.detail)
            default: return try output.ok
            }
        }
    }
}
