extension String {
    /// The text without anything that a terminal would obey: control characters, line ends and changes of the direction of
    /// writing are escaped as in JSON (`\u001b`).
    func printable(keeping kept: String = "") -> String {
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

    /// How many columns of a terminal the text takes.
    var displayWidth: Int {
        utf8.allSatisfy { $0 < 0x80 } ? utf8.count : reduce(0) { $0 + $1.displayWidth }
    }

    /// The text, or as much of its beginning as these columns hold, with an ellipsis in place of the rest.
    func truncated(to width: Int) -> String {
        guard displayWidth > width else { return self }
        var text = ""
        var used = 0
        for character in self {
            used += character.displayWidth
            guard used < width else { break }
            text.append(character)
        }
        return text + "…"
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

    /// As terminals have it: nothing for what is put over another character, two columns for East Asian characters and emoji.
    fileprivate var displayWidth: Int {
        if properties.isEmojiPresentation { return 2 }
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            return 2
        default: break
        }
        return switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: 0
        default: 1
        }
    }
}

extension Character {
    fileprivate var displayWidth: Int { unicodeScalars.map(\.displayWidth).max() ?? 0 }
}
