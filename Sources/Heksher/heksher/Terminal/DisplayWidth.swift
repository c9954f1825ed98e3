extension String {
    /// The number of terminal columns that the text takes.
    var displayWidth: Int {
        utf8.allSatisfy { $0 < 0x80 } ? utf8.count : reduce(0) { $0 + $1.displayWidth }
    }

    /// The text, or the part of its beginning that fits into these columns, with an ellipsis in place of the rest.
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
    /// The width on a terminal: zero for combining characters, two columns for East Asian characters and emoji.
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
