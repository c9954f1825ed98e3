/// The values that conditions require of context features, and that contexts give them.
///
/// A value has 1 to 512 characters (Unicode code points), and no control character (U+0000–U+001F, U+007F–U+009F). Values are compared by
/// their bytes in UTF-8, without normalization.
public enum FeatureValue {
    /// The maximum number of characters.
    public static let maximumLength = 512

    /// The reason why a text is not a value; `nil` if it is one.
    public static func problem(_ text: String) -> FeatureValueProblem? {
        if text.isEmpty { return .empty }
        if text.utf8.count > maximumLength, text.unicodeScalars.count > maximumLength { return .tooLong }
        // Compares bytes, because contexts are made for each request: U+0080–U+009F are C2 and a byte below A0.
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { return .controlCharacter }
            previous = byte
        }
        return nil
    }

    /// The value as `context_filters`, `feature_values` and `context` contain it: bare if that is possible, otherwise as a JSON string.
    public static func written(_ value: String) -> String {
        var scanner = ContextTextScanner(value)
        if let bare = try? scanner.bareValue(), scanner.isAtEnd, bare.hasSameBytes(as: value) { return value }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}

/// The reason why a text cannot be the value of a context feature.
public enum FeatureValueProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text has no characters.
    case empty
    /// The text has more than ``FeatureValue/maximumLength`` characters.
    case tooLong
    /// The text has a control character.
    case controlCharacter

    /// The reason, to follow a colon.
    public var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong: "it has more than \(FeatureValue.maximumLength) characters"
        case .controlCharacter: "it has a control character"
        }
    }
}

/// The names of context features.
public enum FeatureName {
    /// Whether a context feature can have this name: it matches `^[a-zA-Z_0-9]+$`.
    public static func isValid(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(\.isWordCharacter) }
}

extension Unicode.Scalar {
    /// Whether this is one of the control characters U+0000–U+001F and U+007F–U+009F.
    var isControlCharacter: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}

extension String {
    /// Whether two strings have the same UTF-8. Swift's `==` also accepts strings that differ only in how their characters are composed.
    package func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
