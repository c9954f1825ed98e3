import ContractJSON
import ContractRuntime
package import HeksherAPI
package import HeksherDomain
import HeksherStore
import OrderedCollections

// Conversions between the contract's types and the domain's.

extension Metadata {
    init(_ members: OrderedDictionary<String, JSONValue>) {
        self.init(members.map { (key: $0.key, value: $0.value) })
    }

    var members: OrderedDictionary<String, JSONValue> {
        OrderedDictionary(uniqueKeysWithValues: pairs)
    }
}

extension Schemas.Setting {
    init(_ setting: Setting) {
        self.init(
            name: setting.name, configurableFeatures: setting.configurableFeatures, type: setting.type.description,
            defaultValue: setting.defaultValue, metadata: setting.metadata.members, aliases: setting.aliases,
            version: setting.version.description)
    }
}

extension Schemas.SettingSummary {
    init(_ setting: Setting, withAdditionalData: Bool) {
        self.init(
            name: setting.name, type: setting.type.description, defaultValue: setting.defaultValue,
            version: setting.version.description)
        guard withAdditionalData else { return }
        configurableFeatures = setting.configurableFeatures
        metadata = setting.metadata.members
        aliases = setting.aliases
    }
}

extension Schemas.Rule {
    init(_ rule: Rule) {
        self.init(
            setting: rule.setting, value: rule.value, featureValues: rule.conditions.map { [$0.feature, $0.value] },
            metadata: rule.metadata.members, expiresAt: rule.expiry)
    }
}

extension Schemas.QueriedRule {
    init(_ rule: Rule, withMetadata: Bool) {
        self.init(
            value: rule.value, contextFeatures: rule.conditions.map { [$0.feature, $0.value] }, ruleId: rule.id,
            metadata: withMetadata ? rule.metadata.members : nil)
    }
}

extension Schemas.Difference {
    package init(_ difference: Difference) {
        let level: Schemas.DifferenceLevel =
            switch difference.level {
            case .minor: .minor
            case .major: .major
            case .mismatch: .mismatch
            }
        switch difference.content {
        case .message(let message):
            self = .messageDifference(Schemas.MessageDifference(level: level, message: message))
        case .attribute(let attribute, let latestValue):
            self = .attributeDifference(
                Schemas.AttributeDifference(
                    level: level, attribute: Schemas.SettingAttribute(attribute), latestValue: latestValue))
        }
    }
}

extension Schemas.Difference {
    /// The maximum size of a stored value's JSON in a refusal.
    private static let maximumValueSize = 8 << 10

    /// A difference in a refusal: with a sentence in place of a long stored value.
    init(inRefusal difference: Difference) {
        guard case .attribute(let attribute, let value) = difference.content, value.bytes.count > Self.maximumValueSize
        else {
            self.init(difference)
            return
        }
        let message = "\(attribute.rawValue) differs; the stored value has \(value.bytes.count) bytes"
        self.init(Difference(difference.level, .message(message)))
    }
}

extension Schemas.SettingAttribute {
    init(_ attribute: Difference.Attribute) {
        self =
            switch attribute {
            case .configurableFeatures: .configurableFeatures
            case .type: .type
            case .name: .name
            case .defaultValue: .defaultValue
            case .metadata: .metadata
            }
    }
}

extension Schemas.ValidationProblem {
    /// A problem that a schema cannot express.
    init(_ location: [String], _ message: String) {
        self.init(
            loc: location.map { .string($0) }, msg: message,
            type: ContractRuntime.ValidationProblem.Kind.other.rawValue)
    }
}

extension Schemas.ValidationError {
    /// One problem of a member of the body.
    init(_ member: String, _ message: String) {
        self.init(detail: [Schemas.ValidationProblem(["body", member], message)])
    }

    init(_ problems: SettingProblems) {
        self.init(detail: problems.list.map { Schemas.ValidationProblem(["body", $0.member], $0.message) })
    }

    /// The reason why a request that sets one metadata key is refused.
    init(ofMetadataKey error: Unstorable) {
        let place =
            switch error.parts.first {
            case .metadataKey: ["path", "key"]
            case .version: ["body", "version"]
            default: ["body", "value"]
            }
        self.init(detail: [Schemas.ValidationProblem(place, "\(error)")])
    }
}

extension ValidationProblems {
    /// The reason why a body that may contain a name and metadata cannot be stored.
    init(_ error: Unstorable) {
        self.init()
        for part in error.parts {
            let place =
                switch part {
                case .name: ["name"]
                case .type: ["type"]
                case .version: ["version"]
                case .defaultValue: ["default_value"]
                case .value: ["value"]
                case .featureValues: ["values"]
                case .metadata: ["metadata"]
                case .metadataValue(let key), .metadataKey(let key): ["metadata", key]
                }
            add(ValidationProblem(.other, "\(error)", at: (["body"] + place).map { .name($0) }))
        }
    }
}
