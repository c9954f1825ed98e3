import Telemetry

/// All attributes of one thing: a line for each, with the values aligned.
struct FactSheet {
    private var lines: [(title: String, value: String)] = []

    /// - Parameter values: an empty list is shown as `-`.
    mutating func add(_ title: String, _ values: [String]) {
        lines.append((title, values.first?.printable() ?? "-"))
        for value in values.dropFirst() { lines.append(("", value.printable())) }
    }

    mutating func add(_ title: String, _ value: String) { add(title, [value]) }

    /// - Parameter isStyled: whether the titles are bold.
    func text(isStyled: Bool = false) -> String {
        let width = lines.map(\.title.count).max() ?? 0
        return lines.map { line in
            let title = isStyled && !line.title.isEmpty ? line.title.styled(.bold) : line.title
            return title + String(repeating: " ", count: width - line.title.count + 2) + line.value
        }.joined(separator: "\n")
    }
}
