import Telemetry

/// A changed thing with its previous and its new state.
struct ChangeReport {
    private let subject: String
    private var lines: [(title: String, before: String, after: String)] = []

    init(_ subject: String) {
        self.subject = subject
    }

    /// Adds an attribute; an empty text stands for none.
    mutating func add(_ title: String, _ before: String, _ after: String) {
        lines.append((title.printable(), before.printable(), after.printable()))
    }

    /// A sentence, and a line for each attribute: `default value  3 → 5`.
    var text: String {
        let width = lines.map(\.title.displayWidth).max() ?? 0
        let details = lines.map { line in
            let gap = String(repeating: " ", count: width - line.title.displayWidth + 2)
            return
                "  \(line.title)\(gap)\(line.before.isEmpty ? "-" : line.before) → \(line.after.isEmpty ? "-" : line.after)"
        }
        return (["\(subject.printable()) is changed:"] + details).joined(separator: "\n")
    }
}
