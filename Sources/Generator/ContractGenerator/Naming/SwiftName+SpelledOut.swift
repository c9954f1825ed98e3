// Swift names that differ whenever the document's names differ.

extension SwiftName {
    /// A name that represents every character of the document's name: `page-size` → `page_dash_size`, `1.5` →
    /// `_1_dot_5`.
    static func spelledOut(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars.prefix(maximumLength) {
            if let word = words[scalar] {
                result += "_\(word)_"
            } else if scalar.isASCII ? scalar.properties.isXIDContinue : scalar.isLetterOfIdentifiers {
                result.unicodeScalars.append(scalar)
            } else {
                result += "_x\(String(scalar.value, radix: 16, uppercase: true))_"
            }
        }
        if result.isEmpty { return "empty" }
        if result.allSatisfy({ $0 == "_" }) { return "underscore" + (result.count > 1 ? "\(result.count)" : "") }
        if let first = result.unicodeScalars.first, first.properties.numericType != nil || !first.properties.isXIDStart
        {
            if first != "_" { result = "_" + result }
        }
        return usable(result)
    }

    /// The maximum length of a name, in characters of the document's name.
    static let maximumLength = 200

    private static let words: [Unicode.Scalar: String] = [
        " ": "space", "-": "dash", ".": "dot", "/": "slash", ":": "colon", "+": "plus", "*": "star", "$": "dollar",
        "@": "at", "#": "hash", "%": "percent", "&": "and", "=": "equals", "<": "less", ">": "greater", "!": "bang",
        "?": "question", ",": "comma", ";": "semicolon", "|": "bar",
    ]
}

extension Unicode.Scalar {
    /// Whether a scalar beyond ASCII is a letter that Swift allows in identifiers and editors show.
    var isLetterOfIdentifiers: Bool {
        guard properties.isXIDContinue, properties.isAlphabetic || properties.generalCategory == .nonspacingMark else {
            return false
        }
        switch value {
        case 0xA8, 0xAA, 0xAD, 0xAF, 0xB2...0xB5, 0xB7...0xBA, 0xBC...0xBE, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x167F,
            0x1681...0x180D, 0x180F...0x1FFF, 0x2070...0x218F, 0x2460...0x24FF, 0x2776...0x2793, 0x2C00...0x2DFF,
            0x2E80...0x2FFF, 0x3004...0x3007, 0x3021...0x302F, 0x3031...0xD7FF, 0xF900...0xFD3D, 0xFD40...0xFDCF,
            0xFDF0...0xFE1F, 0xFE30...0xFE44, 0xFE47...0xFFFD, 0x10000...0x1FFFD, 0x20000...0x2FFFD,
            0x30000...0x3FFFD:
            return true
        default: return false
        }
    }
}
