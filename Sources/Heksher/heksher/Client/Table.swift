import Telemetry

/// Rows of cells in aligned columns, two spaces apart, under a line of titles.
struct Table {
    struct Column {
        var title: String
        /// Whether its cells may be shortened if the table is wider than the terminal.
        var isFlexible: Bool
    }

    /// The minimum width of a flexible column.
    private static let minimumWidth = 8

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    init(_ columns: Column...) {
        self.init(columns)
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row with a cell for each column. An empty cell is shown as `-`, so that each line has as many words as there are columns.
    mutating func add(_ cells: [String]) {
        rows.append(cells.map { $0.isEmpty ? "-" : $0.printable() })
    }

    mutating func add(_ cells: String...) { add(cells) }

    /// - Parameter width: the maximum number of characters in a line; `nil` for no limit.
    func text(width: Int?) -> String {
        let lines = [columns.map(\.title)] + rows
        var widths = columns.indices.map { column in lines.map { $0[column].displayWidth }.max() ?? 0 }
        if let width { narrow(&widths, to: width) }
        return lines.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let cell = cell.truncated(to: widths[column])
                line += cell
                if column < columns.count - 1 {
                    line += String(repeating: " ", count: widths[column] - cell.displayWidth + 2)
                }
            }
            return line
        }.joined(separator: "\n")
    }

    /// Reduces the widths of the widest flexible columns until the table fits.
    private func narrow(_ widths: inout [Int], to width: Int) {
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        while excess > 0 {
            let flexible = widths.indices.filter { columns[$0].isFlexible }.sorted { widths[$0] > widths[$1] }
            guard let widest = flexible.first, widths[widest] > Self.minimumWidth else { return }
            // In one step to the width of the next column; otherwise, values of a megabyte would take a million steps.
            let next = flexible.count > 1 ? widths[flexible[1]] : 0
            let step = min(excess, max(1, widths[widest] - max(next, Self.minimumWidth)))
            widths[widest] -= step
            excess -= step
        }
    }
}

extension Table.Column {
    static func fixed(_ title: String) -> Self { .init(title: title, isFlexible: false) }
    static func flexible(_ title: String) -> Self { .init(title: title, isFlexible: true) }
}
