/// Collects the lines of a Swift file and indents them by nesting.
struct SwiftWriter {
    /// The access level of the declarations that other files may use.
    let access: String
    private var lines: [String] = []
    private var depth = 0

    init(_ access: Configuration.Access) { self.access = access.rawValue }

    /// Adds lines at the current indentation. An empty text adds an empty line, unless the last line is empty.
    mutating func line(_ text: String = "") {
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if part.isEmpty {
                if let last = lines.last, !last.isEmpty { lines.append("") }
            } else {
                lines.append(String(repeating: "    ", count: depth) + part)
            }
        }
    }

    /// Adds `header {`, the indented lines of `body`, and `}` with an optional `footer`.
    mutating func block(_ header: String, footer: String = "", _ body: (inout SwiftWriter) -> Void) {
        line(header + " {")
        indented(body)
        if lines.last == "" { lines.removeLast() }
        line("}" + footer)
    }

    mutating func indented(_ body: (inout SwiftWriter) -> Void) {
        depth += 1
        body(&self)
        depth -= 1
    }

    /// Adds a doc comment. An empty text adds nothing.
    mutating func documentation(_ text: String?) {
        guard let text = text?.trimmed, !text.isEmpty else { return }
        for part in text.commentLines { line(part.isEmpty ? "///" : "/// " + part) }
    }

    var text: String { lines.joined(separator: "\n") + "\n" }
}

extension String {
    /// The text without white space and line ends around it.
    var trimmed: String {
        let isSpace = { (character: Character) in character.isWhitespace }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
