extension String {
    /// The text without characters that control a terminal: control characters (C0 and C1), line ends and changes of the writing direction
    /// are escaped as in JSON (`\u001b`). In a JSON document, these characters can only occur in strings, so the document keeps its
    /// meaning.
    ///
    /// - Parameter kept: characters that are not escaped.
    public func printable(keeping kept: String = "") -> String {
        guard !utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.commandsTerminals && !kept.unicodeScalars.contains(scalar) {
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// All of these are below U+10000.
    fileprivate var commandsTerminals: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: properties.isBidiControl
        }
    }
}
