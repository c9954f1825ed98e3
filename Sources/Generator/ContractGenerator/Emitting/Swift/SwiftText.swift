// Comments and literals. Emitted Swift contains text of the document only in these.

extension String {
    /// The text as a Swift string literal.
    var literal: String { "\"" + literalBody + "\"" }

    /// The text between the quotes of a string literal.
    var literalBody: String {
        var result = ""
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
        return result
    }

    /// The text as a raw Swift string literal, which keeps quotes and backslashes readable.
    ///
    /// Scalars that are invisible, or that could end the line, are escaped.
    var rawLiteral: String {
        // Three quotes after the pound signs would open a literal of several lines.
        guard !hasPrefix("\"\"") else { return literal }
        var pounds = "#"
        while contains("\"" + pounds) || contains("\\" + pounds) { pounds += "#" }
        var body = ""
        for scalar in unicodeScalars {
            if scalar.isVisible {
                body.unicodeScalars.append(scalar)
            } else {
                body += "\\\(pounds)u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
        }
        return pounds + "\"" + body + "\"" + pounds
    }

    /// The lines of the text, so that each can be a line of a comment.
    ///
    /// A comment ends at a line feed or a carriage return. Control and format characters become escapes such as
    /// `\u{202E}`, so that a comment shows what the document contains.
    var commentLines: [String] {
        var lines = [""]
        var previous: Unicode.Scalar?
        for scalar in unicodeScalars {
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}": lines.append("")
            case _ where scalar == "\t" || scalar.isVisible: lines[lines.count - 1].unicodeScalars.append(scalar)
            default: lines[lines.count - 1] += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
            previous = scalar
        }
        return lines
    }

    /// The text as a comment of one line.
    var commentLine: String { commentLines.map(\.trimmed).filter { !$0.isEmpty }.joined(separator: " ") }
}

extension Unicode.Scalar {
    /// Whether editors show the scalar, and it neither ends a line nor changes the direction or the meaning of its
    /// neighbours.
    fileprivate var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
            // Joiners are parts of words in some scripts, and of emoji.
            self == "\u{200C}" || self == "\u{200D}"
        default: true
        }
    }
}
