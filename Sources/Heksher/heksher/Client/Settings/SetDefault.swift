import ArgumentParser
import HeksherAPI
import HeksherDomain

struct SetDefault: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Give a setting another default value, and print the previous one.",
        discussion: """
            Everything else stays as it is, and the version rises. If another client changes the setting at the same time, only one of the \
            changes is made.

            EXAMPLES
              heksher set checkout.retries 5
              heksher set ui.theme dark
              heksher set limits '{"read": 600, "write": 60}' --major
            """)

    @OptionGroup var name: SettingArgument

    @Argument(help: "The default value, in JSON; strings can be bare words.")
    var value: ValueArgument

    @OptionGroup var version: VersionOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let stored = try await service.setting(name.text)
        let value = try value.value(for: SettingType(stored: stored.type))
        let (former, new) = (stored.defaultValue.compacted().text, value.compacted().text)
        guard value != stored.defaultValue else {
            return try service.tell(
                "\(stored.name) has the default value \(former) already, at version \(stored.version).")
        }
        let next = version.next(after: stored.version)
        let declaration = Schemas.SettingDeclaration(
            name: stored.name, configurableFeatures: stored.configurableFeatures, type: stored.type,
            defaultValue: value,
            metadata: stored.metadata, alias: nil, version: next)
        try await service.ask { client in
            switch try await client.declareSetting(.init(body: declaration)) {
            case .ok(.json(.upgraded)): break
            // The version is no longer the one that was read.
            case .ok, .conflict(.json(.mismatch)), .conflict(.json(.rejected)):
                throw Refusal(
                    .conflict,
                    "another client has changed \(stored.name) at the same time: nothing is changed, so try again")
            case let output: _ = try output.ok
            }
        }
        var change = ChangeReport(stored.name)
        change.add("default value", former, new)
        change.add("version", stored.version, next)
        try service.tell(change.text)
    }
}
