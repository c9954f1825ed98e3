public import ContractJSON

/// A value that a parameter or a header can have.
public protocol ParameterValue: JSONEncodable {
    /// The value as text.
    var parameterText: String { get }

    /// Decodes a value from a text. If that fails, it adds at least one problem and returns `nil`.
    static func decode(text: String, problems: inout ValidationProblems) -> Self?
}

/// A string with a fixed list of values. Generated code uses it for `enum`.
public protocol StringEnumeration: RawRepresentable, CaseIterable, ParameterValue, JSONDecodable, Hashable
where RawValue == String {}

extension StringEnumeration {
    /// Decodes a value from JSON. If it is not one of the cases, this adds a problem and returns `nil`.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> Self? {
        guard let text = try String.decode(from: &json, problems: &problems) else { return nil }
        return decode(text: text, problems: &problems)
    }

    /// Decodes a value from a text. If it is not one of the cases, this adds a problem and returns `nil`.
    public static func decode(text: String, problems: inout ValidationProblems) -> Self? {
        if let value = Self(rawValue: text) { return value }
        let admitted = allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        problems.add(.other, "value is not one of \(admitted)")
        return nil
    }

    /// Writes the raw value as a JSON string.
    public func encode(to json: inout JSONWriter) { json.write(rawValue) }

    /// The raw value.
    public var parameterText: String { rawValue }
}

/// An integer with a fixed list of values. Generated code uses it for `enum`.
public protocol IntegerEnumeration: RawRepresentable, CaseIterable, ParameterValue, JSONDecodable, Hashable
where RawValue == Int {}

extension IntegerEnumeration {
    /// Decodes a value from JSON. If it is not one of the cases, this adds a problem and returns `nil`.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> Self? {
        guard let value = try Int.decode(from: &json, problems: &problems) else { return nil }
        return checked(value, &problems)
    }

    /// Decodes a value from decimal digits. If it is not one of the cases, this adds a problem and returns `nil`.
    public static func decode(text: String, problems: inout ValidationProblems) -> Self? {
        Int.decode(text: text, problems: &problems).flatMap { checked($0, &problems) }
    }

    private static func checked(_ value: Int, _ problems: inout ValidationProblems) -> Self? {
        if let value = Self(rawValue: value) { return value }
        let admitted = allCases.map { "\($0.rawValue)" }.joined(separator: ", ")
        problems.add(.other, "value is not one of \(admitted)")
        return nil
    }

    /// Writes the raw value as a JSON number.
    public func encode(to json: inout JSONWriter) { json.write(rawValue) }

    /// The raw value in decimal digits.
    public var parameterText: String { "\(rawValue)" }
}
