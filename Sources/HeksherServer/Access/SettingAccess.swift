import HTTPTypes
import HeksherAPI
import HeksherStore
import OpenAPIRuntime

/// Keeps tokens that are limited to some settings from the others.
///
/// What an operation is about is known by its request: a name, or a rule's id. A setting that is found by an alias counts by
/// its present name as well, since that is what the limits are about.
struct SettingAccess: Sendable {
    let store: Store

    /// What a request is about.
    private enum Subject {
        /// Nothing that limits apply to, or what the operation's handler narrows itself.
        case none
        /// Something that concerns all settings.
        case everything
        case settings([String])
        case rule(Int)
    }

    /// A route that looks at the limits of whoever asks, and is what it was for those who have none.
    func limiting(_ route: Route) -> Route {
        var route = route
        route.respond = { [respond = route.respond, id = route.operationID] request, pathValues in
            if let token = AccessControl.principal, token.prefixes != nil,
                try await !admits(token, id, request, pathValues)
            {
                return .forbidden(token.limits)
            }
            return try await respond(request, pathValues)
        }
        return route
    }

    private func admits(
        _ token: AccessToken, _ operationID: String, _ request: APIRequest, _ pathValues: [String]
    ) async throws -> Bool {
        switch subject(operationID, request, pathValues) {
        case .none: return true
        case .everything: return false
        case .settings(let names):
            guard names.allSatisfy(token.admits) else { return false }
            for name in names {
                if let setting = try await store.setting(name), !token.admits(setting.name) { return false }
            }
            return true
        case .rule(let id):
            guard let rule = try await store.rule(id) else { return true }
            return token.admits(rule.setting)
        }
    }

    /// A request that breaks the contract is about nothing: its answer tells so, and nothing else.
    private func subject(_ operationID: String, _ request: APIRequest, _ pathValues: [String]) -> Subject {
        var problems = ValidationProblems()
        switch operationID {
        case "listContextFeatures", "getContextFeature", "listSettings", "queryRules", "getHealth", "document":
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
        case "getRule", "deleteRule", "changeRuleValue", "patchRule", "getRuleMetadata", "mergeRuleMetadata",
            "replaceRuleMetadata", "clearRuleMetadata", "setRuleMetadataKey", "deleteRuleMetadataKey":
            return pathValues.first.flatMap { Int($0) }.map { .rule($0) } ?? .none
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
