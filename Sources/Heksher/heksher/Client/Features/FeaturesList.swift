import ArgumentParser

struct FeaturesList: PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the context features, the most general first.")

    static let columns: [Table.Column] = [.fixed("INDEX"), .fixed("FEATURE")]

    @OptionGroup var tableOptions: TableOptions
    @OptionGroup var options: ServiceOptions

    func validate() throws { _ = try tableOptions.chosen(Self.columns) }

    func run() async throws {
        let service = try options.service()
        let list = try await service.ask { try await $0.listContextFeatures().ok }
        var table = Table(Self.columns, showing: try tableOptions.chosen(Self.columns))
        for (index, feature) in list.contextFeatures.enumerated() { table.add(String(index), feature) }
        try service.tell(table, ifEmpty: "There are no context features.")
    }
}
