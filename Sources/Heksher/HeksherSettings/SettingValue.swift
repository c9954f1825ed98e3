public import ContractJSON

/// A type that a setting's values can have, in Swift and in the contract.
///
/// | Swift | contract |
/// | --- | --- |
/// | `Int` | `int` |
/// | `Double` | `float` |
/// | `String` | `str` |
/// | `Bool` | `bool` |
/// | an enumeration that is a ``SettingEnum`` | `Enum[…]` |
/// | `Set` of such an enumeration | `Flags[…]` |
/// | `Array` | `Sequence<…>` |
/// | `Dictionary` with keys that are strings | `Mapping<…>` |
///
/// Your own type can conform by representing itself as one of these, for example an address as a string.
public protocol SettingValue: Sendable, Equatable {
    /// The type as the contract writes it.
    static var settingType: String { get }

    /// Reads a value.
    ///
    /// - Returns: `nil` if it does not fit the type.
    init?(settingJSON json: JSONValue)

    /// The value in JSON.
    var settingJSON: JSONValue { get }
}

extension Int: SettingValue {
    /// `int`
    public static var settingType: String { "int" }

    /// Accepts any number without a fractional part in the range of `Int`, including `1.0`.
    public init?(settingJSON json: JSONValue) {
        guard case .number(let number) = json.content, let int = number.int else { return nil }
        self = int
    }

    /// The number in decimal digits.
    public var settingJSON: JSONValue { JSONValue(self) }
}

extension Double: SettingValue {
    /// `float`
    public static var settingType: String { "float" }

    /// Accepts any number in the range of `Double`, and rounds it to the nearest `Double`.
    public init?(settingJSON json: JSONValue) {
        guard case .number(let number) = json.content, number.double.isFinite else { return nil }
        self = number.double
    }

    /// The shortest text that reads as the same number. JSON has no infinity and no NaN; they become `null`, which the service refuses.
    public var settingJSON: JSONValue { JSONValue(floatLiteral: self) }
}

extension String: SettingValue {
    /// `str`
    public static var settingType: String { "str" }

    /// Accepts any string.
    public init?(settingJSON json: JSONValue) {
        guard case .string(let string) = json.content else { return nil }
        self = string
    }

    /// The string in JSON.
    public var settingJSON: JSONValue { JSONValue(self) }
}

extension Bool: SettingValue {
    /// `bool`
    public static var settingType: String { "bool" }

    /// Accepts `true` and `false`.
    public init?(settingJSON json: JSONValue) {
        guard case .bool(let bool) = json.content else { return nil }
        self = bool
    }

    /// `true` or `false`.
    public var settingJSON: JSONValue { JSONValue(self) }
}

extension Array: SettingValue where Element: SettingValue {
    /// `Sequence<…>` with the type of the elements.
    public static var settingType: String { "Sequence<\(Element.settingType)>" }

    /// Accepts an array if each of its elements fits `Element`.
    public init?(settingJSON json: JSONValue) {
        guard case .array(let elements) = json.content else { return nil }
        self = []
        for json in elements {
            guard let element = Element(settingJSON: json) else { return nil }
            append(element)
        }
    }

    /// An array with each element in JSON.
    public var settingJSON: JSONValue { JSONValue(array: map(\.settingJSON)) }
}

extension Dictionary: SettingValue where Key == String, Value: SettingValue {
    /// `Mapping<…>` with the type of the values.
    public static var settingType: String { "Mapping<\(Value.settingType)>" }

    /// If a name is repeated, its last value counts.
    public init?(settingJSON json: JSONValue) {
        guard case .object(let members) = json.content else { return nil }
        self = [:]
        for (key, json) in members {
            guard let value = Value(settingJSON: json) else { return nil }
            self[key] = value
        }
    }

    /// Sorted by key, so that equal values have equal texts.
    public var settingJSON: JSONValue {
        JSONValue(object: sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value.settingJSON) })
    }
}
