import HTTPTypes
import HeksherAPI
import HeksherStore
import OpenAPIRuntime

/// Keeps tokens that are limited to some settings from the others.
///
/// The names that a request gives have to be within the limits, whether they are anybody's or not. Which setting that is, by whatever
/// name or rule it is asked for, is known to the store alone, which holds its present name against the limits within the
/// operation's transaction.
enum SettingAccess {
    /// What a request names.
    private enum Subject {
        /// Nothing that limits apply to, or what the store or the operation's handler looks at.
        case none
        /// Something that concerns all settings.
        case everything
        case settings([String])
    }

    /// Whether whoever asks may have to do with the setting of a present name.
    @Sendable static func admits(_ setting: String) -> Bool { AccessControl.principal?.admits(setting) ?? true }

    /// A route that looks at the limits of whoever asks, and is what it was for those who have none.
    static func limiting(_ route: Route) -> Route {
        var route = route
        route.respond = { [respond = route.respond, id = route.operationID] request, pathValues in
            guard let token = AccessControl.principal, token.prefixes != nil else {
                return try await respond(request, pathValues)
            }
            do {
                return switch subject(id, request, pathValues) {
                case .everything: .forbidden(token.limits)
                case .settings(let names) where !names.allSatisfy(token.admits): .forbidden(token.limits)
                case .none, .settings: try await respond(request, pathValues)
                }
            } catch is SettingNotAdmitted {
                return .forbidden(token.limits)
            }
        }
        return route
    }

    /// A request that breaks the contract is about nothing: its answer tells so, and nothing else.
    private static func subject(_ operationID: String, _ request: APIRequest, _ pathValues: [String]) -> Subject {
        var problems = ValidationProblems()
        switch operationID {
        case "listContextFeatures", "getContextFeature", "listSettings", "queryRules", "getHealth", "document",
            "getRule",
            "deleteRule", "changeRuleValue", "patchRule", "getRuleMetadata", "mergeRuleMetadata", "replaceRuleMetadata",
            "clearRuleMetadata", "setRuleMetadataKey", "deleteRuleMetadataKey":
            return .none
        case "getSetting", "deleteSetting", "changeSettingType", "changeConfigurableFeatures", "getSettingMetadata",
            "mergeSettingMetadata", "replaceSettingMetadata", "clearSettingMetadata", "setSettingMetadataKey",
            "deleteSettingMetadataKey":
            return .settings(Array(pathValues.prefix(1)))
        case "renameSetting":
            let input = RenameSetting.Input(request, pathValues, &problems)
            return .settings([pathValues.first, input?.body.name].compactMap { $0 })
        case "declareSetting":
            guard let input = DeclareSetting.Input(request, pathValues, &problems) else { return .none }
            return .settings([input.body.name, input.body.alias].compactMap { $0 })
        case "addRule":
            guard let input = AddRule.Input(request, pathValues, &problems) else { return .none }
            return .settings([input.body.setting])
        case "searchRules":
            guard let input = SearchRules.Input(request, pathValues, &problems) else { return .none }
            return .settings([input.query.setting])
        // Whatever else there may be one day is refused until somebody has thought of it.
        default: return .everything
        }
    }
}

extension APIResponse {
    static func forbidden(_ sentence: String) -> APIResponse {
        APIResponse(status: .forbidden, contentType: "text/plain; charset=utf-8", body: Array(sentence.utf8))
    }
}
