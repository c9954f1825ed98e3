public import ContractJSON

/// An enumeration whose raw values are the options of a setting of type `Enum[…]`, or in a `Set` of `Flags[…]`.
///
/// ```swift
/// enum Theme: String, SettingEnum { case light, dark }
///
/// static let theme = Setting("theme", configurableBy: ["user"], default: Theme.light)
/// static let themes = Setting<Set<Theme>>("themes", configurableBy: ["tenant"], default: [.light, .dark])
/// ```
public protocol SettingEnum: SettingValue, CaseIterable, Hashable, RawRepresentable where RawValue: SettingOption {}

/// A type that an option of `Enum[…]` and `Flags[…]` can have: a string, a number or a boolean.
public protocol SettingOption: SettingValue {}

extension String: SettingOption {}
extension Int: SettingOption {}
extension Double: SettingOption {}
extension Bool: SettingOption {}

extension SettingEnum {
    /// `Enum[…]` with the raw values of all cases, sorted.
    public static var settingType: String { "Enum\(optionsText)" }

    /// Accepts the raw value of a case.
    public init?(settingJSON json: JSONValue) {
        guard let rawValue = RawValue(settingJSON: json) else { return nil }
        self.init(rawValue: rawValue)
    }

    /// The raw value in JSON.
    public var settingJSON: JSONValue { rawValue.settingJSON }

    /// The options in canonical form: as JSON in ASCII, sorted by that text.
    fileprivate static var optionsText: String {
        "[\(allCases.map(\.optionText).sorted().joined(separator: ","))]"
    }

    private var optionText: String {
        (rawValue as? String).map(JSONWriter.asciiString) ?? rawValue.settingJSON.text
    }
}

extension Set: SettingValue where Element: SettingEnum {
    /// `Flags[…]` with the raw values of all cases, sorted.
    public static var settingType: String { "Flags\(Element.optionsText)" }

    /// Accepts an array of options without repeats.
    public init?(settingJSON json: JSONValue) {
        guard case .array(let elements) = json.content else { return nil }
        self = []
        for json in elements {
            guard let element = Element(settingJSON: json), insert(element).inserted else { return nil }
        }
    }

    /// In the order of the enumeration's cases, so that equal values have equal texts.
    public var settingJSON: JSONValue {
        JSONValue(array: Element.allCases.filter(contains).map(\.settingJSON))
    }
}
