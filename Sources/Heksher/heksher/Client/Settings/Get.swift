import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient

struct Get: TableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show settings.",
        discussion: """
            Lists all settings, or shows the named ones in full. A name with * or ? stands for all settings that match, and lists them. \
            With --json, it prints each named setting on one line.

            The columns are name, type, default and version; and, if --columns names them, features, aliases and metadata.

            EXAMPLES
              heksher get
              heksher get 'checkout.*' --columns name,features
              heksher get checkout.retries ui.theme
              heksher get checkout.retries --json | jq .default_value
              heksher get --watch
            """)

    static let columns: [Table.Column] = [
        .fixed("NAME"), .flexible("TYPE"), .flexible("DEFAULT"), .fixed("VERSION"), .further("FEATURES"),
        .further("ALIASES"), .further("METADATA"),
    ]

    @Argument(
        help: ArgumentHelp("Settings to show in full, by name or alias.", valueName: "name"), completion: .settings)
    var names: [NameArgument] = []

    @OptionGroup var display: DisplayOptions

    func run() async throws {
        let chosen = try chosenColumns()
        try await display.watch.run(try display.service.service()) { service in
            if names.isEmpty || names.havePattern {
                try await list(service, chosen)
            } else {
                try await showInFull(service, chosen)
            }
        }
    }

    private func list(_ service: RemoteService, _ chosen: [Int]?) async throws {
        let needsAll = names.havePattern || (chosen ?? []).contains { !Self.columns[$0].isUsual }
        func settings(_ client: Client) async throws -> [Schemas.SettingSummary] {
            try await client.listSettings(.init(includeAdditionalData: needsAll)).ok.settings
        }
        // With names, each setting is a value of its own.
        let all = names.isEmpty ? try await service.ask(settings) : try await service.read(settings)
        let wanted = try names.isEmpty ? nil : Set(names.expanded(among: all.map(\.name)))
        var table = Table(Self.columns, showing: chosen)
        for setting in all where wanted?.isDisjoint(with: [setting.name] + (setting.aliases ?? [])) != true {
            if service.form.isDocument, wanted != nil { try service.showDocument(setting.jsonValue) }
            table.add(setting)
        }
        try service.tell(table, ifEmpty: "There are no settings.")
    }

    private func showInFull(_ service: RemoteService, _ chosen: [Int]?) async throws {
        var table = Table(Self.columns, showing: chosen ?? Array(Self.columns.indices))
        var sheets: [FactSheet] = []
        // Show the settings that were found, also if the service refuses another name.
        let outcome: Result<Void, any Error>
        do {
            try await forEach(names) { name in
                let setting = try await service.ask { try await $0.getSetting(.init(name: name.text)).ok.body }
                table.add(setting)
                sheets.append(FactSheet(setting))
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        if !sheets.isEmpty { try service.tell(sheets, as: table, isTable: chosen != nil) }
        try outcome.get()
    }
}

extension Table {
    fileprivate mutating func add(_ setting: Schemas.Setting) {
        add(
            setting.name, setting.type, setting.defaultValue.compacted().text, setting.version,
            setting.configurableFeatures.joined(separator: ","), setting.aliases.joined(separator: ","),
            setting.metadata.listed.joined(separator: ","))
    }

    fileprivate mutating func add(_ setting: Schemas.SettingSummary) {
        add(
            setting.name, setting.type, setting.defaultValue.compacted().text, setting.version,
            (setting.configurableFeatures ?? []).joined(separator: ","),
            (setting.aliases ?? []).joined(separator: ","), (setting.metadata ?? [:]).listed.joined(separator: ","))
    }
}

extension FactSheet {
    init(_ setting: Schemas.Setting) {
        self.init()
        add("NAME", setting.name)
        add("TYPE", setting.type)
        add("DEFAULT", setting.defaultValue.compacted().text)
        add("VERSION", setting.version)
        add("FEATURES", setting.configurableFeatures)
        add("ALIASES", setting.aliases)
        add("METADATA", setting.metadata.listed)
    }
}
