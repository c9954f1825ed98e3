import HeksherDomain
import Logging
import Synchronization

/// The context in which a setting is read: the names of context features, each with its current value.
///
/// ```swift
/// let context: SettingContext = ["environment": "production", "user": request.user]
/// let size = Limits.cacheSize.value(for: context)
/// ```
///
/// A value has 1 to 512 characters and no control characters. Values are compared by their bytes. The service refuses rules with any other
/// value, so a context without that value resolves in the same way. These initializers therefore leave such a value out, and log a warning
/// that names the feature, once for each feature. ``init(checking:)`` throws an error instead.
///
/// Copying a context is cheap. Creating one costs more than resolving a value with it, so create one for each request, and use it for all
/// settings of the request.
public struct SettingContext: Sendable, ExpressibleByDictionaryLiteral, CustomStringConvertible {
    private(set) var context = Context()

    /// The context of the task, which is used if no context is given. It is empty at first.
    ///
    /// ```swift
    /// try await SettingContext.$current.withValue(["user": user]) { try await respond(to: request) }
    /// ```
    @TaskLocal public static var current = SettingContext()

    /// A context without features: no rule with a condition applies to it.
    public init() {}

    /// Creates a context. Values that no rule can have are left out.
    public init(_ features: [String: String]) {
        for (name, value) in features { self[name] = value }
    }

    /// Creates a context. If a name is repeated, its last value counts. Values that no rule can have are left out.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// Creates a context, or refuses it if a value cannot be that of a context feature.
    ///
    /// - Throws: ``SettingContextError``.
    public init(checking features: [String: String]) throws(SettingContextError) {
        for (name, value) in features.sorted(by: { $0.key < $1.key }) {
            if let problem = FeatureValue.problem(value) { throw SettingContextError(name, problem) }
            context[name] = value
        }
    }

    /// The value of a feature; `nil` if the context lacks it. If you set a value that no rule can have, the context lacks the feature.
    public subscript(name: String) -> String? {
        get { context[name] }
        set {
            if let newValue, let problem = FeatureValue.problem(newValue) {
                RefusedValues.log(SettingContextError(name, problem))
                context[name] = nil
            } else {
                context[name] = newValue
            }
        }
    }

    /// The text that the service reads as this context.
    package var text: String { context.text }

    /// This context with the features of another, whose values take precedence.
    public func merging(_ other: SettingContext) -> SettingContext {
        var merged = self
        for feature in other.context.features { merged.context[feature.name.text] = feature.value.text }
        return merged
    }

    /// The features and their values, sorted: `{tenant: acme, user: ann}`.
    public var description: String {
        "{\(context.features.map { "\($0.name.text): \($0.value.text)" }.sorted().joined(separator: ", "))}"
    }
}

/// A value that no context feature can have, because the service refuses it.
public struct SettingContextError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the context feature.
    public let feature: String
    /// For example, `the value of tenant has a control character; a value has 1 to 512 characters and no control characters`. It does not
    /// contain the value, so that it can be logged.
    public let description: String

    init(_ feature: String, _ problem: FeatureValueProblem) {
        self.feature = feature
        let problem =
            switch problem {
            case .empty: "is empty"
            case .tooLong: "has more than \(FeatureValue.maximumLength) characters"
            case .controlCharacter: "has a control character"
            }
        description =
            "the value of \(feature) \(problem); a value has 1 to \(FeatureValue.maximumLength) characters and no control characters"
    }

    init(_ refused: RefusedFeatureValue) {
        feature = refused.feature
        description =
            "the value of \(refused.feature) is not among those that the service allows: \(refused.list.values.listText)"
    }

    init(name feature: String) {
        self.feature = feature
        description = "'\(feature)' cannot be the name of a context feature: letters, digits and underscores only"
    }
}

/// The features whose values were left out of contexts, each of which is logged once.
private enum RefusedValues {
    private static let maximumCount = 100
    private static let logged = Mutex<Set<String>>([])

    static func log(_ error: SettingContextError) {
        let isNew = logged.withLock { logged in
            logged.count < maximumCount && logged.insert(error.feature).inserted
        }
        guard isNew else { return }
        Logger(label: "heksher.settings").warning("a context lacks a value that no rule can have: \(error)")
    }
}
