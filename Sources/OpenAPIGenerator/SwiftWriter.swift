/// Collects the lines of a Swift file, indented by nesting.
struct SwiftWriter {
    private var lines: [String] = []
    private var depth = 0

    /// Adds lines at the current indentation; an empty text is an empty line, of which no two follow each other.
    mutating func line(_ text: String = "") {
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if part.isEmpty {
                if let last = lines.last, !last.isEmpty { lines.append("") }
            } else {
                lines.append(String(repeating: "    ", count: depth) + part)
            }
        }
    }

    /// Adds `header {`, what `body` adds one step further in, and `}` with an optional `footer`.
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

    /// Adds a doc comment; nothing for an empty text.
    mutating func documentation(_ text: String?) {
        guard let text = text?.trimmed, !text.isEmpty else { return }
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            line(part.isEmpty ? "///" : "/// " + part)
        }
    }

    var text: String { lines.joined(separator: "\n") + "\n" }
}

extension String {
    /// Without white space and line ends around it.
    var trimmed: String {
        let isSpace = { (character: Character) in character.isWhitespace }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[first...last])
    }

    /// The text as a Swift string literal.
    var literal: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{20}"..."\u{7E}": result.unicodeScalars.append(scalar)
            default: result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
        }
        return result + "\""
    }

    /// The text as a raw Swift string literal, for texts of many lines or quotes.
    var rawLiteral: String {
        var pounds = "#"
        while contains("\"" + pounds) || contains("\\" + pounds) { pounds += "#" }
        return pounds + "\"" + self + "\"" + pounds
    }
}
