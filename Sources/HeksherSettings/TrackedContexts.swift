/// Which contexts a program can meet, and hence which rules it needs to know.
///
/// ```swift
/// ["environment": "production", "tenant": ["acme", "globex"], "user": .any]
/// ```
///
/// A rule is known to the program when each of its conditions is on a feature that stands here, and asks for a value that is
/// tracked. In a context with another value the rule does not apply, even if there is one.
public struct TrackedContexts: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// The values of one feature.
    public enum Values: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
        /// Any value.
        case any
        /// These values.
        case values(Set<String>)

        public init(stringLiteral value: String) { self = .values([value]) }
        public init(arrayLiteral elements: String...) { self = .values(Set(elements)) }
    }

    /// `nil` for any feature.
    private var features: [String: Values]?

    /// Any context: every rule is known to the program.
    public static let all = TrackedContexts(features: nil)

    private init(features: [String: Values]?) {
        self.features = features
    }

    public init(_ features: [String: Values]) {
        self.features = features
    }

    /// Of a name that is given twice the last values count.
    public init(dictionaryLiteral elements: (String, Values)...) {
        features = Dictionary(elements) { _, last in last }
    }

    /// The text of the parameter `context_filters`. Names and values that no rule can have are left out.
    var filters: String {
        guard let features else { return "*" }
        return features.sorted { $0.key < $1.key }.compactMap { name, values in
            guard name.isWord else { return nil }
            switch values {
            case .any: return "\(name):*"
            case .values(let values):
                let words = values.filter(\.isWord).sorted()
                return words.isEmpty ? nil : "\(name):(\(words.joined(separator: ",")))"
            }
        }.joined(separator: ",")
    }
}

extension String {
    /// Whether this can be a context feature's name, or a value in a condition.
    fileprivate var isWord: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
