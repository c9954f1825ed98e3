import ArgumentParser

/// The form of a command's output.
enum OutputForm: String, CaseIterable, ExpressibleByArgument {
    /// For people.
    case table
    /// The service's response, one value on each line.
    case json
    /// The service's response, one document for each value.
    case yaml
    /// The table for other programs.
    case csv

    /// Whether the output is the service's response.
    var isDocument: Bool { self == .json || self == .yaml }
}

/// The columns of a table.
struct TableOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The columns of the table or the CSV, by name and joined by commas.", valueName: "names"))
    var columns: String?

    /// The chosen columns' indices; `nil` if the user does not choose.
    ///
    /// - Throws: `ValidationError` for an unknown column.
    func chosen(_ known: [Table.Column]) throws -> [Int]? {
        guard let columns else { return nil }
        return try columns.split(separator: ",", omittingEmptySubsequences: false).map { name in
            let name = String(name).trimmed.lowercased()
            guard let index = known.firstIndex(where: { $0.name == name }) else {
                throw ValidationError(
                    "--columns: there is no column '\(name)'; there are \(known.map(\.name).joined(separator: ", "))")
            }
            return index
        }
    }
}
