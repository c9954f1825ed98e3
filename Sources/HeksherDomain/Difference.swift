public import JSON

/// One difference between a declaration and the stored setting.
public struct Difference: Hashable, Sendable {
    /// What a difference asks for, in the order differences are listed.
    public enum Level: String, Hashable, Sendable, CaseIterable, Comparable {
        /// A higher version.
        case minor
        /// A higher major number.
        case major
        /// Something that no version allows.
        case mismatch

        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .minor: 0
            case .major: 1
            case .mismatch: 2
            }
        }
    }

    /// The attributes of a setting that can differ. Raw values are their names in answers.
    public enum Attribute: String, Hashable, Sendable, CaseIterable {
        case configurableFeatures = "configurable_features"
        case type
        case name
        case defaultValue = "default_value"
        case metadata
    }

    /// How the difference is told.
    public enum Content: Hashable, Sendable {
        /// An attribute with its stored value: an array of names for configurable features, an object for metadata.
        case attribute(Attribute, latestValue: JSONValue)
        /// A sentence, where a value would not explain the difference.
        case message(String)
    }

    public var level: Level
    public var content: Content

    public init(_ level: Level, _ content: Content) {
        self.level = level
        self.content = content
    }

    /// The attribute, nil if the difference is told as a sentence.
    public var attribute: Attribute? {
        if case .attribute(let attribute, _) = content { attribute } else { nil }
    }

    /// The stored value of the attribute, nil if the difference is told as a sentence.
    public var latestValue: JSONValue? {
        if case .attribute(_, let value) = content { value } else { nil }
    }

    /// The sentence, nil if the difference is told as an attribute.
    public var message: String? {
        if case .message(let message) = content { message } else { nil }
    }
}
