import CLibPQ

/// Checks of a connection string in addition to libpq's.
enum ConnectionURI {
    /// The text without leading and trailing spaces, tabs and line breaks.
    static func trimmed(_ text: String) -> String {
        let end = text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex
        return String(text[..<end].trimmingPrefix(while: \.isWhitespace))
    }

    /// The first option that libpq does not know. `nil` if libpq knows all options, or if the text may be part of a password that is not
    /// percent-encoded.
    static func unknownOption(in text: String) -> String? {
        guard let mark = text.firstIndex(of: "?") else { return nil }
        let query = text[text.index(after: mark)...]
        guard !query.contains("@") else { return nil }
        let known = names
        for part in query.split(separator: "&") {
            let name = part.prefix { $0 != "=" }
            // The error repeats only a text that looks like an option's name.
            guard name.count <= 40, !name.isEmpty,
                name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })
            else { continue }
            if !known.contains(String(name)) { return String(name) }
        }
        return nil
    }

    /// The names of all options, and one that libpq accepts for compatibility with JDBC.
    private static var names: Set<String> {
        var names: Set = ["ssl"]
        guard let options = PQconndefaults() else { return names }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            names.insert(String(cString: keyword))
            option += 1
        }
        return names
    }
}
