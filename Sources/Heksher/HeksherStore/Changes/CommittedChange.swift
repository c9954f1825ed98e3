/// A committed change: its kind and its subject. It contains no values, so that it can be logged.
public enum CommittedChange: Sendable, Hashable {
    case contextFeatureAdded(String)
    case contextFeatureDeleted(String)
    case contextFeatureMoved(String)
    case contextFeatureValuesSet(String)
    /// When a service started, the list differed from the required one.
    case contextFeaturesSet([String])
    case settingCreated(String)
    /// By a declaration, which may also rename the setting.
    case settingUpgraded(String, from: String)
    case settingDeleted(String)
    case settingTypeChanged(String)
    case settingRenamed(String, to: String)
    case settingConfigurableFeaturesChanged(String)
    case settingMetadataChanged(String)
    /// Only the version changed.
    case settingVersionRaised(String)
    case ruleAdded(Int, setting: String)
    case ruleDeleted(Int, setting: String)
    case ruleValueChanged(Int, setting: String)
    case ruleMetadataChanged(Int, setting: String)
    case ruleExpirySet(Int, setting: String)
    /// The rule was deleted, because its time had come.
    case ruleExpired(Int, setting: String)
    /// With its ID in the history.
    case changeUndone(Int)
    case documentApplied

    /// A sentence without the names.
    public var title: String {
        switch self {
        case .contextFeatureAdded: "context feature added"
        case .contextFeatureDeleted: "context feature deleted"
        case .contextFeatureMoved: "context feature moved"
        case .contextFeatureValuesSet: "context feature's values set"
        case .contextFeaturesSet: "context features set"
        case .settingCreated: "setting created"
        case .settingUpgraded: "setting upgraded"
        case .settingDeleted: "setting deleted"
        case .settingTypeChanged: "setting's type changed"
        case .settingRenamed: "setting renamed"
        case .settingConfigurableFeaturesChanged: "setting's configurable features changed"
        case .settingMetadataChanged: "setting's metadata changed"
        case .settingVersionRaised: "setting's version raised"
        case .ruleAdded: "rule added"
        case .ruleDeleted: "rule deleted"
        case .ruleValueChanged: "rule's value changed"
        case .ruleMetadataChanged: "rule's metadata changed"
        case .ruleExpirySet: "rule's expiry set"
        case .ruleExpired: "rule expired"
        case .changeUndone: "change undone"
        case .documentApplied: "document applied"
        }
    }

    /// The names of the changed things, by their kind.
    public var subject: [String: String] {
        switch self {
        case .contextFeatureAdded(let name), .contextFeatureDeleted(let name), .contextFeatureMoved(let name),
            .contextFeatureValuesSet(let name):
            ["context_feature": name]
        case .contextFeaturesSet(let names): ["context_features": names.joined(separator: ";")]
        case .settingRenamed(let name, let newName): ["setting": name, "new_name": newName]
        case .settingUpgraded(let name, let oldName):
            name == oldName ? ["setting": name] : ["setting": oldName, "new_name": name]
        case .settingCreated(let name), .settingDeleted(let name),
            .settingTypeChanged(let name), .settingConfigurableFeaturesChanged(let name),
            .settingMetadataChanged(let name), .settingVersionRaised(let name):
            ["setting": name]
        case .ruleAdded(let id, let setting), .ruleDeleted(let id, let setting),
            .ruleValueChanged(let id, let setting), .ruleMetadataChanged(let id, let setting),
            .ruleExpirySet(let id, let setting), .ruleExpired(let id, let setting):
            ["rule": String(id), "setting": setting]
        case .changeUndone(let id): ["change": String(id)]
        case .documentApplied: [:]
        }
    }
}
