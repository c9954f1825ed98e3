import ArgumentParser

/// A command that shows a table about settings, once or after each change.
protocol TableCommand: PagedCommand {
    static var columns: [Table.Column] { get }

    var display: DisplayOptions { get }
}

extension TableCommand {
    var isPaged: Bool { !display.watch.watch }

    func validate() throws { _ = try chosenColumns() }

    /// The indices of the columns that the user wants; `nil` for the usual ones.
    ///
    /// - Throws: `ValidationError`.
    func chosenColumns() throws -> [Int]? { try display.table.chosen(Self.columns) }
}

/// The options of a ``TableCommand``.
struct DisplayOptions: ParsableArguments {
    @OptionGroup var watch: WatchOptions
    @OptionGroup var table: TableOptions
    @OptionGroup var service: ServiceOptions
}

/// The settings that a command is about.
struct SettingsArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The settings, by name, pattern or alias; all of them if none is named.", valueName: "name"),
        completion: .settings)
    var names: [NameArgument] = []
}

/// The options of a command that shows the rules that context filters admit.
struct FilterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Which rules: feature=value, feature=* for any value, or the service's own feature:(value,value) and feature:* \
            joined by commas, where a value with a comma, a bracket or a quotation mark is a JSON string. May be given several \
            times.
            """, valueName: "filter"), completion: .conditions)
    var `where`: [String] = []

    func validate() throws {
        _ = try text().filters()
    }

    func text() throws -> ContextFilterText { try ContextFilterText(`where`) }
}
