public import ContractJSON

/// One difference between a declaration and the stored setting.
public struct Difference: Hashable, Sendable {
    /// The version that a difference needs. Differences are listed in this order.
    public enum Level: String, Hashable, Sendable, CaseIterable, Comparable {
        /// A higher version.
        case minor
        /// A higher major number.
        case major
        /// No version allows the difference.
        case mismatch

        /// Compares levels in the order minor, major, mismatch.
        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .minor: 0
            case .major: 1
            case .mismatch: 2
            }
        }
    }

    /// The attributes of a setting that can differ. Raw values are their names in responses.
    public enum Attribute: String, Hashable, Sendable, CaseIterable {
        case configurableFeatures = "configurable_features"
        case type
        case name
        case defaultValue = "default_value"
        case metadata
    }

    /// The form of the difference.
    public enum Content: Hashable, Sendable {
        /// An attribute with its stored value: an array of names for configurable features, an object for metadata.
        case attribute(Attribute, latestValue: JSONValue)
        /// A sentence, if a value would not explain the difference.
        case message(String)
    }

    /// The version that the difference needs.
    public var level: Level
    /// The attribute, or a sentence.
    public var content: Content

    /// Creates a difference from its level and content.
    public init(_ level: Level, _ content: Content) {
        self.level = level
        self.content = content
    }

    /// The attribute; `nil` if the difference is a sentence.
    public var attribute: Attribute? {
        if case .attribute(let attribute, _) = content { attribute } else { nil }
    }

    /// The stored value of the attribute; `nil` if the difference is a sentence.
    public var latestValue: JSONValue? {
        if case .attribute(_, let value) = content { value } else { nil }
    }

    /// The sentence; `nil` if the difference is an attribute.
    public var message: String? {
        if case .message(let message) = content { message } else { nil }
    }
}
