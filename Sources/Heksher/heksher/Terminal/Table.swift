import Telemetry

/// Rows of cells in aligned columns, two spaces apart, under a line of titles; or the same as CSV.
struct Table {
    struct Column {
        var title: String
        /// Whether its cells may be shortened if the table is wider than the terminal.
        var isFlexible: Bool
        /// Whether it is shown unless the user chooses columns.
        var isUsual = true

        /// The name by which the user chooses it.
        var name: String { title.lowercased() }
    }

    /// The minimum width of a flexible column.
    private static let minimumWidth = 8

    private let columns: [Column]
    /// The shown columns, in their order.
    private let chosen: [Int]
    private var rows: [(cells: [String], style: Style?)] = []

    /// - Parameters:
    ///   - columns: the columns for which each row has a cell.
    ///   - chosen: the indices of the shown ones; by default the usual ones.
    init(_ columns: [Column], showing chosen: [Int]? = nil) {
        self.columns = columns
        self.chosen = chosen ?? columns.indices.filter { columns[$0].isUsual }
    }

    init(_ columns: Column...) {
        self.init(columns)
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row with a cell for each column.
    mutating func add(_ cells: [String], _ style: Style? = nil) {
        rows.append((cells, style))
    }

    mutating func add(_ cells: String..., style: Style? = nil) { add(cells, style) }

    /// The table for people. An empty cell is shown as `-`, so that each line has as many words as there are columns.
    ///
    /// - Parameters:
    ///   - width: the maximum number of characters in a line; `nil` for no limit.
    ///   - isStyled: whether the titles, and rows that have a style, are shown with it.
    func text(width: Int?, isStyled: Bool = false) -> String {
        var lines: [(cells: [String], style: Style?)] = [(chosen.map { columns[$0].title }, .bold)]
        for row in rows {
            lines.append((chosen.map { row.cells[$0].isEmpty ? "-" : row.cells[$0].printable() }, row.style))
        }
        var widths = chosen.indices.map { column in lines.map { $0.cells[column].displayWidth }.max() ?? 0 }
        if let width { narrow(&widths, to: width) }
        return lines.map { cells, style in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let cell = cell.truncated(to: widths[column])
                line += cell
                if column < cells.count - 1 {
                    line += String(repeating: " ", count: widths[column] - cell.displayWidth + 2)
                }
            }
            return style.map { isStyled ? line.styled($0) : line } ?? line
        }.joined(separator: "\n")
    }

    /// The table as CSV (RFC 4180, with line feeds): a line of the columns' names, and a line for each row.
    var csv: String {
        ([chosen.map { columns[$0].name }] + rows.map { row in chosen.map { row.cells[$0] } })
            .map { $0.map(Self.field).joined(separator: ",") }.joined(separator: "\n")
    }

    private static func field(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { !#",""#.utf8.contains($0) && $0 != 0x0A && $0 != 0x0D }
        return isPlain ? text : "\"\(text.replacing("\"", with: "\"\""))\""
    }

    /// Reduces the widths of the widest flexible columns until the table fits.
    private func narrow(_ widths: inout [Int], to width: Int) {
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        while excess > 0 {
            let flexible = widths.indices.filter { columns[chosen[$0]].isFlexible }.sorted { widths[$0] > widths[$1] }
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
    /// A column that is shown only if the user chooses it.
    static func further(_ title: String) -> Self { .init(title: title, isFlexible: true, isUsual: false) }
}
