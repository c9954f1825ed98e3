import Configuration
import FoundationEssentials
import HeksherServer
import PosixSupport

/// A look of text on a terminal (ECMA-48, "Select graphic rendition").
enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"

    /// Whether texts on a stream have colours: on a terminal that supports them, unless `NO_COLOR` is set (no-color.org).
    static func isEnabled(on descriptor: Int32) -> Bool {
        guard isatty(descriptor) == 1, !Terminal.isDumb else { return false }
        return (try? ConfigReader.environment.text(.noColor)) == nil
    }

    /// A message with a coloured prefix.
    static func message(_ text: String) -> String {
        for (prefix, style) in prefixes where text.hasPrefix(prefix) {
            return prefix.styled(style) + text.dropFirst(prefix.count)
        }
        return text
    }

    private static let prefixes: [(String, Style)] = [
        ("heksher: warning:", .yellow), ("heksher:", .red), ("Error:", .red),
    ]
}

extension String {
    /// The text between the sequences that begin and end a style.
    func styled(_ style: Style) -> String { "\u{1B}[\(style.rawValue)m\(self)\u{1B}[0m" }

    /// The text without such sequences.
    var unstyled: String { replacing(/\u{1B}\[[0-9]+m/, with: "") }
}

/// The terminal of the user.
enum Terminal {
    /// Whether the terminal cannot do more than print lines.
    static var isDumb: Bool { ProcessInfo.processInfo.environment["TERM"] == "dumb" }

    /// Whether the user can be asked: the standard input and error streams are terminals.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }
}
