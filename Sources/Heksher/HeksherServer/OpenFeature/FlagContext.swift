import ContractJSON
import HeksherDomain
import OrderedCollections

/// Reads evaluation contexts of OpenFeature as contexts.
struct FlagContext: Sendable {
    /// The member that identifies the subject of an evaluation (OFREP 0.3.0, `context`).
    private static let targetingKey = "targetingKey"

    /// The context feature that takes its value from `targetingKey`; `nil` if none does.
    let targetingFeature: String?

    /// - Parameter targetingFeature: the context feature that takes its value from `targetingKey`.
    init(targetingFeature: String? = nil) {
        self.targetingFeature = targetingFeature
    }

    /// The context that attributes describe. Attributes without a text, and texts that cannot be the value of a feature, are ignored.
    func context(_ attributes: OrderedDictionary<String, JSONValue>?) -> Context {
        var context = Context()
        for (name, value) in attributes ?? [:] where FeatureName.isValid(name) {
            if let text = Self.text(value) { context[name] = text }
        }
        if let targetingFeature, let text = attributes?[Self.targetingKey].flatMap(Self.text) {
            context[targetingFeature] = text
        }
        return context
    }

    /// The text of a string, a number or a boolean, if it can be the value of a feature.
    private static func text(_ value: JSONValue) -> String? {
        let text: String
        switch value.content {
        case .string(let string): text = string
        case .number(let number): text = number.text
        case .bool(let bool): text = bool ? "true" : "false"
        case .null, .array, .object: return nil
        }
        return FeatureValue.problem(text) == nil ? text : nil
    }
}
