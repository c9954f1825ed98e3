public import JSON

/// A type that a setting's values can have, as Swift has it and as the contract names it.
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
/// A type of your own conforms by standing for one of these: an address that is a string, say.
public protocol SettingValue: Sendable, Equatable {
    /// The type in the words of the contract.
    static var settingType: String { get }

    /// Reads a value.
    ///
    /// - Returns: `nil` if it is none of the type's.
    init?(settingJSON json: JSONValue)

    /// The value in JSON.
    var settingJSON: JSONValue { get }
}

extension Int: SettingValue {
    public static var settingType: String { "int" }

    /// Takes any number without a fractional part that is in the range of `Int`: `1.0` is one.
    public init?(settingJSON json: JSONValue) {
        guard case .number(let number) = json.content, let int = number.int else { return nil }
        self = int
    }

    public var settingJSON: JSONValue { JSONValue(self) }
}

extension Double: SettingValue {
    public static var settingType: String { "float" }

    /// Takes any number in the range of `Double`, the nearest `Double` to it.
    public init?(settingJSON json: JSONValue) {
        guard case .number(let number) = json.content, number.double.isFinite else { return nil }
        self = number.double
    }

    /// The shortest text that reads back the same. JSON knows no infinity and no NaN; they become `null`, which the
    /// service refuses.
    public var settingJSON: JSONValue { JSONValue(floatLiteral: self) }
}

extension String: SettingValue {
    public static var settingType: String { "str" }

    public init?(settingJSON json: JSONValue) {
        guard case .string(let string) = json.content else { return nil }
        self = string
    }

    public var settingJSON: JSONValue { JSONValue(self) }
}

extension Bool: SettingValue {
    public static var settingType: String { "bool" }

    public init?(settingJSON json: JSONValue) {
        guard case .bool(let bool) = json.content else { return nil }
        self = bool
    }

    public var settingJSON: JSONValue { JSONValue(self) }
}

extension Array: SettingValue where Element: SettingValue {
    public static var settingType: String { "Sequence<\(Element.settingType)>" }

    public init?(settingJSON json: JSONValue) {
        guard case .array(let elements) = json.content else { return nil }
        self = []
        for json in elements {
            guard let element = Element(settingJSON: json) else { return nil }
            append(element)
        }
    }

    public var settingJSON: JSONValue { JSONValue(array: map(\.settingJSON)) }
}

extension Dictionary: SettingValue where Key == String, Value: SettingValue {
    public static var settingType: String { "Mapping<\(Value.settingType)>" }

    /// Of a name that comes twice the last value counts.
    public init?(settingJSON json: JSONValue) {
        guard case .object(let members) = json.content else { return nil }
        self = [:]
        for (key, json) in members {
            guard let value = Value(settingJSON: json) else { return nil }
            self[key] = value
        }
    }

    /// In the order of keys, so that equal values have equal texts.
    public var settingJSON: JSONValue {
        JSONValue(object: sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value.settingJSON) })
    }
}
