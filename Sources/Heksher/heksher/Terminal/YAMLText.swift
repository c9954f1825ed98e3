import ContractJSON

/// JSON values in YAML's block style, so that parsers of YAML 1.1 and of YAML 1.2 read the same values.
enum YAMLText {
    /// The value as a document, without a line feed at its end.
    static func of(_ value: JSONValue) -> String {
        lines(value).joined(separator: "\n")
    }

    private static func lines(_ value: JSONValue) -> [String] {
        switch value.content {
        case .object(let members) where !members.isEmpty:
            members.flatMap { key, value in
                let (head, key) = (value.kind, scalar(key))
                guard head == .object || head == .array, !value.isEmptyContainer else {
                    return ["\(key): \(lines(value)[0])"]
                }
                return ["\(key):"] + lines(value).map { "  \($0)" }
            }
        case .array(let elements) where !elements.isEmpty:
            elements.flatMap { element in
                let inner = lines(element)
                return ["- \(inner[0])"] + inner.dropFirst().map { "  \($0)" }
            }
        case .object: ["{}"]
        case .array: ["[]"]
        case .string(let text): [scalar(text)]
        case .number(let number): [self.number(number.text)]
        case .bool(let bool): [bool ? "true" : "false"]
        case .null: ["null"]
        }
    }

    /// YAML 1.1 reads `1e3` as a string: a float needs a point, and a sign in its exponent.
    private static func number(_ text: String) -> String {
        guard let place = text.firstIndex(where: { $0 == "e" || $0 == "E" }) else { return text }
        let (mantissa, exponent) = (text[..<place], text[text.index(after: place)...])
        let sign = exponent.hasPrefix("-") || exponent.hasPrefix("+") ? "" : "+"
        return "\(mantissa)\(mantissa.contains(".") ? "" : ".0")e\(sign)\(exponent)"
    }

    /// Words that some parser reads as something else than a string.
    private static let reserved: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

    /// A string: bare if no parser can take it for something else, otherwise in quotation marks.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.\/-]*(?: [A-Za-z0-9_.\/-]+)*/) != nil
            && !reserved.contains(text.lowercased())
        if isPlain { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\u{FEFF}": quoted += "\\uFEFF"
            default:
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator:
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                default: quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}

extension JSONValue {
    fileprivate var isEmptyContainer: Bool {
        switch content {
        case .object(let members): members.isEmpty
        case .array(let elements): elements.isEmpty
        default: false
        }
    }
}
