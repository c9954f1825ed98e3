import ArgumentParser
import HeksherAPI

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show settings.",
        discussion: """
            Lists all settings, or shows the named ones in full. With --json, it prints each named setting on one line.

            EXAMPLES
              heksher get
              heksher get checkout.retries ui.theme
              heksher get checkout.retries --json | jq .default_value
            """)

    @Argument(help: ArgumentHelp("Settings to show in full, by name or alias.", valueName: "name"))
    var names: [NameArgument] = []

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        if names.isEmpty {
            try await list(service)
        } else {
            var isFirst = true
            try await forEach(names) { name in
                let setting = try await service.ask { try await $0.getSetting(.init(name: name.text)).ok }
                if !isFirst { try service.tell("") }
                isFirst = false
                try service.tell(FactSheet(setting).text)
            }
        }
    }

    private func list(_ service: RemoteService) async throws {
        let list = try await service.ask { try await $0.listSettings().ok }
        var table = Table(.fixed("NAME"), .flexible("TYPE"), .flexible("DEFAULT"), .fixed("VERSION"))
        for setting in list.settings {
            table.add(setting.name, setting.type, setting.defaultValue.compacted().text, setting.version)
        }
        try service.tell(table, ifEmpty: "There are no settings.")
    }
}

extension FactSheet {
    fileprivate init(_ setting: Schemas.Setting) {
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
