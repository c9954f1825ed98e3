import HeksherDomain

/// The contexts that can occur in a program, which determine the rules that it needs.
///
/// ```swift
/// ["environment": "production", "tenant": ["acme", "globex"], "user": .any]
/// ```
///
/// The program knows a rule if each of its conditions is on a feature in this list and requires a tracked value. In a context with another
/// value, the rule does not apply, even if it exists.
public struct TrackedContexts: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// The values of one feature: strings of 1 to 512 characters without control characters, compared by their bytes.
    public struct Values: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
        fileprivate enum Content: Hashable {
            case any
            /// Sorted by their bytes, without repeats.
            case some([FeatureText])
        }

        fileprivate let content: Content

        /// Any value.
        public static let any = Values(content: .any)

        /// These values.
        public static func values(_ values: some Sequence<String>) -> Values {
            let distinct = Set(values.map { FeatureText($0) })
            return Values(content: .some(distinct.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }))
        }

        /// One value.
        public init(stringLiteral value: String) { self = .values([value]) }
        /// Any of these values.
        public init(arrayLiteral elements: String...) { self = .values(elements) }

        private init(content: Content) { self.content = content }
    }

    /// `nil` for all features.
    private var features: [String: Values]?

    /// All contexts: the program knows every rule.
    public static let all = TrackedContexts(features: nil)

    private init(features: [String: Values]?) {
        self.features = features
    }

    /// The contexts that have only these features, with these values.
    public init(_ features: [String: Values]) {
        self.features = features
    }

    /// If a name is repeated, its last values count.
    public init(dictionaryLiteral elements: (String, Values)...) {
        features = Dictionary(elements) { _, last in last }
    }

    /// The names of the tracked features; empty if all are tracked.
    var names: Set<String> { Set((features ?? [:]).keys) }

    /// The first tracked value that is not in the list of its feature; `nil` if all are.
    func refused(by allowed: AllowedValues) -> RefusedFeatureValue? {
        for (name, values) in (features ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard case .some(let values) = values.content else { continue }
            for value in values {
                if let refused = allowed.refused(feature: name, value: value.text) { return refused }
            }
        }
        return nil
    }

    /// The text of the parameter `context_filters`.
    ///
    /// - Throws: ``SettingContextError`` for a name or a value that no rule can have.
    var filters: String {
        get throws(SettingContextError) {
            guard let features else { return "*" }
            var filters: [String] = []
            for (name, values) in features.sorted(by: { $0.key < $1.key }) {
                guard FeatureName.isValid(name) else { throw SettingContextError(name: name) }
                switch values.content {
                case .any: filters.append("\(name):*")
                case .some(let values):
                    guard !values.isEmpty else { continue }
                    var written: [String] = []
                    for value in values.map(\.text) {
                        if let problem = FeatureValue.problem(value) { throw SettingContextError(name, problem) }
                        written.append(FeatureValue.written(value))
                    }
                    filters.append("\(name):(\(written.joined(separator: ",")))")
                }
            }
            return filters.joined(separator: ",")
        }
    }
}
