public import JSON
public import JSONSchema

/// A value whose text has a format: what strings of the formats that a configuration names are in Swift.
public protocol FormattedText: JSONDecodable, JSONEncodable, Hashable, CustomStringConvertible {
    /// What the text is held against.
    static var format: StringFormat { get }

    /// `nil` if the text is not in the format.
    init?(_ text: String)

    /// The value as JSON and parameters have it.
    var text: String { get }
}

extension FormattedText {
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> Self? {
        try decode(from: &json, problems: &problems, pattern: nil)
    }

    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems,
        pattern: Pattern? = nil, minLength: Int = 0, maxLength: Int? = nil
    ) throws(JSONError) -> Self? {
        try String.decode(
            from: &json, problems: &problems,
            pattern: pattern, minLength: minLength, maxLength: maxLength, format: format
        ).flatMap(Self.init)
    }

    public static func decode(
        text: String, problems: inout ValidationProblems,
        pattern: Pattern? = nil, minLength: Int = 0, maxLength: Int? = nil
    ) -> Self? {
        String.decode(
            text: text, problems: &problems,
            pattern: pattern, minLength: minLength, maxLength: maxLength, format: format
        ).flatMap(Self.init)
    }

    public func encode(to json: inout JSONWriter) { json.write(text) }

    public var description: String { text }
}
