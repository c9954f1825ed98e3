/// What a value is asked for: the names of context features, each with its value at the moment.
///
/// ```swift
/// let context: SettingContext = ["environment": "production", "user": request.user]
/// let size = Limits.cacheSize.value(for: context)
/// ```
///
/// A context is cheap to copy. Making one costs more than resolving a value with it, so that one is best made for a request
/// and used for all settings that the request needs.
public struct SettingContext: Sendable, ExpressibleByDictionaryLiteral, CustomStringConvertible {
    struct Feature: Sendable {
        let name: HashedText
        var value: HashedText
    }

    /// Each has a name of its own. They are few, so that looking for one means to go through them.
    private(set) var features: ContiguousArray<Feature> = []

    /// The context of the task, which counts where none is given; at first it is empty.
    ///
    /// ```swift
    /// try await SettingContext.$current.withValue(["user": user]) { try await respond(to: request) }
    /// ```
    @TaskLocal public static var current = SettingContext()

    /// A context without features: no rule with a condition applies to it.
    public init() {}

    public init(_ features: [String: String]) {
        self.features.reserveCapacity(features.count)
        for (name, value) in features { append(name, value) }
    }

    /// Of a name that is given twice the last value counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        features.reserveCapacity(elements.count)
        for (name, value) in elements {
            if features.contains(where: { $0.name.text == name }) { self[name] = value } else { append(name, value) }
        }
    }

    private mutating func append(_ name: String, _ value: String) {
        features.append(Feature(name: HashedText(name), value: HashedText(value)))
    }

    /// The value of a feature; `nil` if the context does not have it.
    public subscript(name: String) -> String? {
        get { features.first { $0.name.text == name }?.value.text }
        set {
            let index = features.firstIndex { $0.name.text == name }
            switch (index, newValue) {
            case (let index?, let value?): features[index].value = HashedText(value)
            case (let index?, nil): features.remove(at: index)
            case (nil, let value?): append(name, value)
            case (nil, nil): break
            }
        }
    }

    /// This context with the features of another, whose values take precedence.
    public func merging(_ other: SettingContext) -> SettingContext {
        var merged = self
        for feature in other.features { merged[feature.name.text] = feature.value.text }
        return merged
    }

    public var description: String {
        "{\(features.map { "\($0.name.text): \($0.value.text)" }.sorted().joined(separator: ", "))}"
    }
}
