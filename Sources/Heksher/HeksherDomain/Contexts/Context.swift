/// Values of context features, for which a setting has one value.
///
/// ```swift
/// let context: Context = ["environment": "production", "user": "ann"]
/// ```
public struct Context: Sendable, ExpressibleByDictionaryLiteral {
    package struct Feature: Sendable {
        package let name: HashedText
        package fileprivate(set) var value: HashedText
    }

    /// Up to this number of features, a search compares hashes one by one.
    private static let fewFeatures = 12

    /// Without repeated names.
    package private(set) var features: ContiguousArray<Feature> = []
    /// The positions of the features by their names, if there are many.
    private var places: [String: Int] = [:]

    /// A context without features: no rule with a condition applies to it.
    public init() {}

    /// If a name is repeated, its last value counts.
    public init(_ features: some Sequence<(String, String)>) {
        for (name, value) in features { self[name] = value }
    }

    /// If a name is repeated, its last value counts.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    /// The value of a feature; `nil` if the context lacks it.
    public subscript(name: String) -> String? {
        get {
            let place = place(of: HashedText(name))
            return place < 0 ? nil : features[place].value.text
        }
        set {
            let hashed = HashedText(name)
            let place = place(of: hashed)
            switch (place < 0, newValue) {
            case (true, let value?): append(Feature(name: hashed, value: HashedText(value)))
            case (false, let value?): features[place].value = HashedText(value)
            case (false, nil):
                features.remove(at: place)
                places = [:]
                if features.count > Self.fewFeatures { indexFeatures() }
            case (true, nil): break
            }
        }
    }

    /// The names of the features, in the order in which they were first given.
    public var names: [String] { features.map(\.name.text) }

    /// The approximate number of bytes of memory that the context takes.
    public var size: Int {
        features.reduce(0) { $0 + 112 + $1.name.text.utf8.count + $1.value.text.utf8.count } + places.count * 32
    }

    private mutating func append(_ feature: Feature) {
        features.append(feature)
        if features.count > Self.fewFeatures + 1 {
            places[feature.name.text] = features.count - 1
        } else if features.count > Self.fewFeatures {
            indexFeatures()
        }
    }

    private mutating func indexFeatures() {
        for (place, feature) in features.enumerated() { places[feature.name.text] = place }
    }

    /// The position of a feature; -1 if the context lacks it.
    package func place(of name: HashedText) -> Int {
        if features.count > Self.fewFeatures { return places[name.text] ?? -1 }
        for index in features.indices
        where features[index].name.hash == name.hash && features[index].name.text == name.text {
            return index
        }
        return -1
    }
}

extension Context {
    /// Parses `feature:value` pairs joined by commas. A value is bare or a JSON string. An empty text is an empty context.
    ///
    /// - Parameter separator: the character between a feature and its value.
    /// - Throws: ``ContextError/malformed(_:)`` before ``ContextError/repeatedFeatures(_:)``.
    public init(parsing text: String, separator: Unicode.Scalar = ":") throws(ContextError) {
        self.init()
        var repetitions = FeatureRepetitions()
        for condition in try Condition.list(parsing: text, separator: separator) {
            if self[condition.feature] != nil { repetitions.add(condition.feature) }
            self[condition.feature] = condition.value
        }
        guard repetitions.names.isEmpty else { throw .repeatedFeatures(repetitions.names) }
    }

    /// The text that ``init(parsing:)`` reads as this context, with the features in the order in which they were first given.
    public var text: String {
        features.map { "\($0.name.text):\(FeatureValue.written($0.value.text))" }.joined(separator: ",")
    }
}

extension Condition {
    /// Parses `feature:value` pairs joined by commas. A value is bare or a JSON string.
    ///
    /// - Parameters:
    ///   - isRequired: whether there must be a pair; otherwise an empty text contains none.
    ///   - separator: the character between a feature and its value.
    /// - Throws: ``ContextError/malformed(_:)``.
    public static func list(
        parsing text: String, isRequired: Bool = false, separator: Unicode.Scalar = ":"
    ) throws(ContextError) -> [Condition] {
        var conditions: [Condition] = []
        try forEach(parsing: text, isRequired: isRequired, separator: separator) { condition, _ in
            conditions.append(condition)
        }
        return conditions
    }

    /// Parses `feature:value` pairs joined by commas.
    ///
    /// - Parameter body: takes a condition, and a function that returns the number of characters before its value.
    fileprivate static func forEach(
        parsing text: String, isRequired: Bool, separator: Unicode.Scalar, _ body: (Condition, () -> Int) -> Void
    ) throws(ContextError) {
        var scanner = ContextTextScanner(text)
        guard isRequired || !scanner.isAtEnd else { return }
        do throws(ContextTextError) {
            repeat {
                let feature = try scanner.name()
                try scanner.expect(separator)
                let start = scanner
                body(Condition(feature: feature, value: try scanner.value())) { start.offset }
            } while scanner.skip(",")
            guard scanner.isAtEnd else { throw scanner.failure("expecting ',' or the end") }
        } catch {
            throw .malformed(error)
        }
    }
}

extension AllowedValues {
    /// The values in the text of a context that are not in the lists of their features, each with its place: the number of characters before
    /// it.
    public func refused(inText text: String) -> [(value: RefusedFeatureValue, offset: Int)] {
        var refused: [(value: RefusedFeatureValue, offset: Int)] = []
        try? Condition.forEach(parsing: text, isRequired: false, separator: ":") { condition, offset in
            guard let value = self.refused(feature: condition.feature, value: condition.value) else { return }
            refused.append((value, offset()))
        }
        return refused
    }
}

/// The reason why a text is not a context.
public enum ContextError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text violates the grammar.
    case malformed(ContextTextError)
    /// These features have more than one value, in the order in which they are first repeated.
    case repeatedFeatures([String])

    /// A sentence for the client.
    public var description: String {
        switch self {
        case .malformed(let error): "\(error)"
        case .repeatedFeatures(let features): "context names \(features.listText) more than once"
        }
    }
}
