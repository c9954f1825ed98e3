import ArgumentParser
import HeksherAPI

struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give a setting another name; the former one becomes an alias.",
        discussion: """
            Clients can use both names. Everything else stays as it is, and the version rises.

            EXAMPLE
              heksher rename checkout.retries checkout.attempts
            """)

    @OptionGroup var name: SettingArgument

    @Argument(help: "Its new name.")
    var newName: NameArgument

    @OptionGroup var version: VersionOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let stored = try await service.setting(name.text)
        guard stored.name != newName.text else {
            return try service.tell("\(stored.name) has this name already, at version \(stored.version).")
        }
        let next = version.next(after: stored.version)
        try await service.ask {
            try await $0.renameSetting(
                .init(name: stored.name, body: Schemas.SettingRename(name: newName.text, version: next))
            ).noContent()
        }
        var change = ChangeReport(stored.name)
        change.add("name", stored.name, newName.text)
        change.add("version", stored.version, next)
        try service.tell("\(change.text)\n\(stored.name) is an alias now.")
    }
}
