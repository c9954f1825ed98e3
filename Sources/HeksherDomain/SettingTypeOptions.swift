internal import JSON

extension SettingType {
    /// The options of an `Enum` or of `Flags`: strings, numbers and booleans, at least one, none twice.
    ///
    /// Numbers are compared by exact decimal value, so `1`, `1.0` and `10e-1` are one option; `true` and `1` are two.
    /// Options that are equal as a set are equal, whichever text a number was first written in.
    public struct Options: Sendable {
        /// The options as JSON in ASCII, numbers as first written, sorted by that text.
        public let texts: [String]
        let values: Set<Option>

        /// Keeps the first of equal options. Nil when there are none.
        init?(_ options: some Sequence<Option>) {
            var values: Set<Option> = []
            var texts: [String] = []
            for option in options where values.insert(option).inserted {
                texts.append(option.text)
            }
            guard !values.isEmpty else { return nil }
            self.values = values
            // All is ASCII, where the order of strings is that of their bytes.
            self.texts = texts.sorted()
        }
    }

    /// One option, in the form that is compared.
    enum Option: Hashable, Sendable {
        /// A string by its JSON text in ASCII. Swift holds strings equal that differ in their scalars alone (é as one
        /// scalar or as two); JSON does not, and neither does this text.
        case string(asciiText: String)
        case number(JSONNumber)
        case bool(Bool)

        /// Reads the next value. Nil for what can be no option: `null`, an array, an object, a number beyond the
        /// range of a double.
        init?(next reader: inout JSONReader) throws(JSONError) {
            switch try reader.peek() {
            case .string: self = .string(asciiText: JSONWriter.asciiString(try reader.readString()))
            case .number:
                let number = try reader.readNumber()
                guard number.isRepresentableAsDouble else { return nil }
                self = .number(number)
            case .bool: self = .bool(try reader.readBool())
            case .null, .array, .object: return nil
            }
        }

        /// The option as JSON in ASCII, a number as it was written.
        var text: String {
            switch self {
            case .string(let asciiText): asciiText
            case .number(let number): number.text
            case .bool(let bool): bool ? "true" : "false"
            }
        }
    }
}

extension SettingType.Options: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.values == right.values }
    public func hash(into hasher: inout Hasher) { hasher.combine(values) }
}

extension SettingType.Options: CustomStringConvertible {
    /// The canonical list: `["maybe",false,true]`.
    public var description: String { "[\(texts.joined(separator: ","))]" }
}
