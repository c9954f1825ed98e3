/// The type of a setting's values.
///
/// Two types are equal if they have the same values. Options are compared by value, so `Enum[1]` equals `Enum[1.0]`.
public indirect enum SettingType: Hashable, Sendable {
    /// Numbers without a fractional part, including `1.0`.
    case int
    /// Numbers.
    case float
    /// Strings.
    case str
    /// `true` and `false`.
    case bool
    /// One of the options.
    case `enum`(Options)
    /// An array of options without repeats.
    case flags(Options)
    /// An array of values of a type.
    case sequence(SettingType)
    /// An object whose values are of a type.
    case mapping(SettingType)

    /// The maximum nesting of `Sequence` and `Mapping`. It equals the maximum nesting of arrays and objects in JSON text.
    public static let maximumDepth = 128
}

extension SettingType: CustomStringConvertible {
    /// The canonical text, which the service stores and returns: `Mapping<Enum["maybe",false,true]>`.
    public var description: String {
        var text = ""
        var closing = 0
        var type = self
        while true {
            switch type {
            case .sequence(let element):
                text += "Sequence<"
                type = element
                closing += 1
                continue
            case .mapping(let element):
                text += "Mapping<"
                type = element
                closing += 1
                continue
            case .int: text += "int"
            case .float: text += "float"
            case .str: text += "str"
            case .bool: text += "bool"
            case .enum(let options): text += "Enum\(options)"
            case .flags(let options): text += "Flags\(options)"
            }
            return text + String(repeating: ">", count: closing)
        }
    }
}
