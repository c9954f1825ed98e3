/// A name and its explanation in a section of the program's help.
public struct HelpEntry: CustomStringConvertible {
    /// For example, a variable or an option.
    public var name: String
    /// Sentences of one paragraph.
    public var text: String

    /// Creates an entry.
    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// The name, and below it the paragraph in lines of at most 76 characters.
    public var description: String {
        "  \(name)\n" + Self.wrapped(text, indentation: 4, width: 76)
    }

    private static func wrapped(_ text: String, indentation: Int, width: Int) -> String {
        let margin = String(repeating: " ", count: indentation)
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(margin + word)
            }
        }
        return lines.joined(separator: "\n")
    }
}
