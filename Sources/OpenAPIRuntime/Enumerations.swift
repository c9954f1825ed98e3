public import JSON

/// A value that a parameter or a header can have.
public protocol ParameterValue: JSONEncodable {
    /// The value as text.
    var parameterText: String { get }

    /// Makes a value of a text; `nil` after having added at least one problem.
    static func decode(text: String, problems: inout ValidationProblems) -> Self?
}

/// A string that must be one of a few: what `enum` becomes.
public protocol StringEnumeration: RawRepresentable, CaseIterable, ParameterValue, JSONDecodable, Hashable
where RawValue == String {}

extension StringEnumeration {
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> Self? {
        guard let text = try String.decode(from: &json, problems: &problems) else { return nil }
        return decode(text: text, problems: &problems)
    }

    public static func decode(text: String, problems: inout ValidationProblems) -> Self? {
        if let value = Self(rawValue: text) { return value }
        let admitted = allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        problems.add(.other, "value is not one of \(admitted)")
        return nil
    }

    public func encode(to json: inout JSONWriter) { json.write(rawValue) }

    public var parameterText: String { rawValue }
}

/// An integer that must be one of a few: what `enum` becomes.
public protocol IntegerEnumeration: RawRepresentable, CaseIterable, ParameterValue, JSONDecodable, Hashable
where RawValue == Int {}

extension IntegerEnumeration {
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> Self? {
        guard let value = try Int.decode(from: &json, problems: &problems) else { return nil }
        return checked(value, &problems)
    }

    public static func decode(text: String, problems: inout ValidationProblems) -> Self? {
        Int.decode(text: text, problems: &problems).flatMap { checked($0, &problems) }
    }

    private static func checked(_ value: Int, _ problems: inout ValidationProblems) -> Self? {
        if let value = Self(rawValue: value) { return value }
        let admitted = allCases.map { "\($0.rawValue)" }.joined(separator: ", ")
        problems.add(.other, "value is not one of \(admitted)")
        return nil
    }

    public func encode(to json: inout JSONWriter) { json.write(rawValue) }

    public var parameterText: String { "\(rawValue)" }
}
