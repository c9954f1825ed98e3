import ArgumentParser
import ContractJSON
import HeksherAPI
import HeksherClient
import OrderedCollections

struct MetadataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metadata", abstract: "Change the metadata of a setting; 'heksher get NAME' shows them.",
        subcommands: [MetadataSet.self, MetadataRemove.self])
}

struct MetadataSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set keys of a setting's metadata, and print their previous values.",
        discussion: """
            The other keys stay as they are, and the version of the setting rises.

            EXAMPLE
              heksher metadata set checkout.retries owner=shop tickets='["CHK-1"]'
            """)

    @OptionGroup var name: SettingArgument

    @Argument(
        help: ArgumentHelp("The keys and their values. A value that is not JSON is a string.", valueName: "key=value"))
    var entries: [MetadataArgument]

    @OptionGroup var version: VersionOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let stored = try await service.setting(name.text)
        var metadata = OrderedDictionary<String, JSONValue>()
        for entry in entries { metadata[entry.key] = entry.value }
        let next = version.next(after: stored.version)
        try await service.ask {
            try await $0.mergeSettingMetadata(
                .init(name: stored.name, body: Schemas.SettingMetadataChange(metadata: metadata, version: next))
            ).noContent()
        }
        var change = ChangeReport(stored.name)
        for (key, value) in metadata {
            change.add(key, stored.metadata[key]?.compacted().text ?? "", value.compacted().text)
        }
        change.add("version", stored.version, next)
        try service.tell(change.text)
    }
}

struct MetadataRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Delete keys of a setting's metadata, and print their values.",
        discussion: """
            The other keys stay as they are, and the version of the setting rises. On a terminal, it shows the keys and asks first.

            EXAMPLE
              heksher metadata rm checkout.retries owner
            """)

    @OptionGroup var name: SettingArgument

    @Argument(help: ArgumentHelp("The keys.", valueName: "key"))
    var keys: [String]

    @OptionGroup var version: VersionOptions
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let stored = try await service.setting(name.text)
        let unknown = keys.filter { stored.metadata[$0] == nil }
        guard unknown.isEmpty else {
            throw Refusal(
                .notFound,
                "the metadata of \(stored.name) have no key \(unknown.listed)"
                    + (stored.metadata.isEmpty ? "" : "; there are \(Array(stored.metadata.keys).listed)"))
        }
        let lines = keys.map { "  \($0)=\(stored.metadata[$0]?.compacted().text ?? "")" }
        try await confirmation.ask(
            ["This deletes, of the metadata of \(stored.name):"] + lines, "Delete \(keys.count.counted("key"))?")
        let next = version.next(after: stored.version)
        // The service refuses the version if another client has changed the setting since it was read.
        let rest = stored.metadata.filter { !keys.contains($0.key) }
        try await service.ask {
            try await $0.replaceSettingMetadata(
                .init(name: stored.name, body: Schemas.SettingMetadataChange(metadata: rest, version: next))
            ).noContent()
        }
        var change = ChangeReport(stored.name)
        for key in keys { change.add(key, stored.metadata[key]?.compacted().text ?? "", "") }
        change.add("version", stored.version, next)
        try service.tell(change.text)
    }
}
