import HTTPRepresentation
import HeksherAPI
import HeksherDomain
import HeksherStore

extension Precondition {
    /// The precondition that an `If-Match` field is; `nil` without the field.
    init?(ifMatch field: String?) {
        guard let field else { return nil }
        self.init(
            admitsSetting: { Schemas.Setting($0).tag.matches(ifMatch: field) },
            admitsRule: { Schemas.Rule($0).tag.matches(ifMatch: field) })
    }
}

extension Schemas.Setting {
    /// The entity tag of the response that contains only this setting.
    var tag: EntityTag { EntityTag(ofBody: jsonBytes()) }
}

extension Schemas.Rule {
    /// The entity tag of the response that contains only this rule.
    var tag: EntityTag { EntityTag(ofBody: jsonBytes()) }
}

extension PreconditionFailed {
    /// The reason, for the client.
    var sentence: String {
        switch self {
        case .setting(let name): "If-Match does not hold: the setting \(name.shortened()) has changed"
        case .rule(let id): "If-Match does not hold: the rule \(id) has changed"
        }
    }
}
