internal import ContractJSON

extension SettingType {
    /// The options of an `Enum` or of `Flags`: strings, numbers and booleans, at least one, without repeats.
    ///
    /// Numbers are compared by exact decimal value: `1`, `1.0` and `10e-1` are one option; `true` and `1` are two. Two lists are equal if
    /// they are equal as sets, however their numbers were first written.
    public struct Options: Sendable {
        /// The options as JSON in ASCII, with numbers as first written, sorted by that text.
        public let texts: [String]
        let values: Set<Option>

        /// Keeps the first of equal options. `nil` if there are no options.
        init?(_ options: some Sequence<Option>) {
            var values = Set<Option>(minimumCapacity: options.underestimatedCount)
            var texts: [String] = []
            texts.reserveCapacity(options.underestimatedCount)
            for option in options where values.insert(option).inserted {
                texts.append(option.text)
            }
            guard !values.isEmpty else { return nil }
            self.values = values
            // For ASCII, Swift's order of strings is the order of their bytes.
            self.texts = texts.sorted()
        }
    }

    /// One option, in the form that is compared.
    enum Option: Hashable, Sendable {
        /// A string by its JSON text in ASCII. Swift considers strings equal that differ only in how their characters are composed (é as
        /// one scalar or as two). JSON does not, and neither does this text.
        case string(asciiText: String)
        case number(JSONNumber)
        case bool(Bool)

        /// Reads the next value. `nil` if it cannot be an option: `null`, an array, an object, a number beyond the range of a double.
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

        /// The option as JSON in ASCII, with a number as it was written.
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
    /// Whether both have the same options, in any order.
    public static func == (left: Self, right: Self) -> Bool { left.values == right.values }
    /// Hashes the options independently of their order.
    public func hash(into hasher: inout Hasher) { hasher.combine(values) }
}

extension SettingType.Options: CustomStringConvertible {
    /// The canonical list: `["maybe",false,true]`.
    public var description: String { "[\(texts.joined(separator: ","))]" }
}
