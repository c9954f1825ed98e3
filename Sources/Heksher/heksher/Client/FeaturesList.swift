import ArgumentParser

struct FeaturesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the context features, the most general first.")

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let service = try options.service()
        let list = try await service.ask { try await $0.listContextFeatures().ok }
        var table = Table(.fixed("INDEX"), .fixed("FEATURE"))
        for (index, feature) in list.contextFeatures.enumerated() { table.add(String(index), feature) }
        try service.tell(table, ifEmpty: "There are no context features.")
    }
}
