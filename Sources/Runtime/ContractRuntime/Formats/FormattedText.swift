public import ContractJSON
public import ContractSchema

/// A value whose text has a format. If a configuration names the format, generated code uses this type in place of
/// strings.
public protocol FormattedText: JSONDecodable, JSONEncodable, Hashable, CustomStringConvertible {
    /// The format that the text must have.
    static var format: StringFormat { get }

    /// Parses a text; `nil` if it does not have the format.
    init?(_ text: String)

    /// The text of the value in JSON and in parameters.
    var text: String { get }
}

extension FormattedText {
    /// Decodes a value from a JSON string in the format.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> Self? {
        try decode(from: &json, problems: &problems, pattern: nil)
    }

    /// Decodes a value from a JSON string in the format, and checks its constraints. Lengths count Unicode code points.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems,
        pattern: Pattern? = nil, minLength: Int = 0, maxLength: Int? = nil
    ) throws(JSONError) -> Self? {
        try String.decode(
            from: &json, problems: &problems,
            pattern: pattern, minLength: minLength, maxLength: maxLength, format: format
        ).flatMap(Self.init)
    }

    /// Decodes a value from a text in the format, and checks its constraints. Lengths count Unicode code points.
    public static func decode(
        text: String, problems: inout ValidationProblems,
        pattern: Pattern? = nil, minLength: Int = 0, maxLength: Int? = nil
    ) -> Self? {
        String.decode(
            text: text, problems: &problems,
            pattern: pattern, minLength: minLength, maxLength: maxLength, format: format
        ).flatMap(Self.init)
    }

    /// Writes the text as a JSON string.
    public func encode(to json: inout JSONWriter) { json.write(text) }

    /// The text.
    public var description: String { text }
}
