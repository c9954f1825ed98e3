import ContractRuntime
import HTTPTypes
import HeksherAPI
import HeksherStore

/// Enforces the limits of tokens with prefixes.
///
/// For such a token, a setting outside its limits does not exist: a request that names it gets the response for an unknown setting. A
/// request to create something outside the limits is refused with 403, whether it exists or not. This type checks the names in a request.
/// The store checks the current name of the setting that a name, an alias or a rule's ID leads to, within the operation's transaction.
enum SettingAccess {
    /// The consequence of the names in a request for a token with limits.
    private enum Verdict {
        /// The operation's handler or the store decides.
        case undecided
        /// The request names a setting that does not exist for the token.
        case unknown
        case forbidden
    }

    /// Whether the caller may see the setting with this current name.
    @Sendable static func admits(_ setting: String) -> Bool { AccessControl.principal?.admits(setting) ?? true }

    /// The route with the limits of the caller's token. Callers without limits get the original route.
    static func limiting(_ route: Route) -> Route {
        var route = route
        route.respond = { [respond = route.respond, id = route.operationID] request, pathValues in
            guard let token = AccessControl.principal, token.prefixes != nil else {
                return try await respond(request, pathValues)
            }
            do {
                switch verdict(id, request, pathValues, token) {
                case .undecided: return try await respond(request, pathValues)
                case .unknown: return unknown(id, request, pathValues)
                case .forbidden: return .forbidden(token.limits)
                }
            } catch is SettingNotAdmitted {
                return unknown(id, request, pathValues)
            }
        }
        return route
    }

    private static func verdict(
        _ operationID: String, _ request: APIRequest, _ pathValues: [String], _ token: AccessToken
    ) -> Verdict {
        // A request that violates the contract names nothing. The response only lists the violations.
        var problems = ValidationProblems()
        switch operationID {
        case ListContextFeatures.id, GetContextFeature.id, GetHealth.id, documentationRouteID,
            // The responses of these depend on the caller.
            ListSettings.id, QueryRules.id, EvaluateSettings.id, ExplainSetting.id, EvaluateFlag.id, EvaluateFlags.id,
            GetManifest.id,
            GetRule.id, DeleteRule.id, ChangeRuleValue.id, PatchRule.id, GetRuleMetadata.id, MergeRuleMetadata.id,
            ReplaceRuleMetadata.id,
            ClearRuleMetadata.id, SetRuleMetadataKey.id, DeleteRuleMetadataKey.id:
            return .undecided
        case GetSetting.id, DeleteSetting.id, ChangeSettingType.id, ChangeConfigurableFeatures.id,
            GetSettingMetadata.id,
            MergeSettingMetadata.id, ReplaceSettingMetadata.id, ClearSettingMetadata.id, SetSettingMetadataKey.id,
            DeleteSettingMetadataKey.id:
            return settingInPath(request, pathValues, token)
        case RenameSetting.id:
            let input = RenameSetting.Input(request, pathValues, &problems)
            if let input, !token.admits(input.body.name) { return .forbidden }
            return settingInPath(request, pathValues, token)
        case DeclareSetting.id:
            guard let input = DeclareSetting.Input(request, pathValues, &problems) else { return .undecided }
            return [input.body.name, input.body.alias].allSatisfy { $0.map(token.admits) ?? true }
                ? .undecided : .forbidden
        case AddRule.id:
            guard let input = AddRule.Input(request, pathValues, &problems) else { return .undecided }
            return token.admits(input.body.setting) ? .undecided : .forbidden
        case SearchRules.id:
            guard let input = SearchRules.Input(request, pathValues, &problems) else { return .undecided }
            return token.admits(input.query.setting) ? .undecided : .unknown
        // Operations that are not listed here are refused, so that a new one cannot bypass the limits.
        default: return .forbidden
        }
    }

    /// Decides about an operation whose path begins like that of ``GetSetting``.
    private static func settingInPath(
        _ request: APIRequest, _ pathValues: [String], _ token: AccessToken
    ) -> Verdict {
        var problems = ValidationProblems()
        guard let name = GetSetting.Input(request, pathValues, &problems)?.path.name else { return .undecided }
        return token.admits(name) ? .undecided : .unknown
    }

    /// The operation's response to a name, an alias or a rule's ID that does not exist.
    private static func unknown(_ operationID: String, _ request: APIRequest, _ pathValues: [String]) -> APIResponse {
        var problems = ValidationProblems()
        switch operationID {
        case DeclareSetting.id:
            // The name is an alias of a setting that the token may not see, so no setting can be created under it.
            let detail = Schemas.Detail(detail: "the name belongs to another setting")
            return DeclareSetting.Output.conflict(.json(.detail(detail))).response()
        case AddRule.id:
            let name = AddRule.Input(request, pathValues, &problems)?.body.setting ?? ""
            return AddRule.Output.unprocessableContent(.plainText(Responses.UnknownSetting.sentence(name))).response()
        case GetRule.id, DeleteRule.id, ChangeRuleValue.id, PatchRule.id, SearchRules.id, GetRuleMetadata.id,
            MergeRuleMetadata.id, ReplaceRuleMetadata.id, ClearRuleMetadata.id, SetRuleMetadataKey.id,
            DeleteRuleMetadataKey.id:
            return GetRule.Output.notFound.response()
        default:
            let name = GetSetting.Input(request, pathValues, &problems)?.path.name ?? ""
            return GetSetting.Output.notFound(.named(name)).response()
        }
    }
}

extension APIResponse {
    static func forbidden(_ sentence: String) -> APIResponse {
        APIResponse(status: .forbidden, contentType: "text/plain; charset=utf-8", body: Array(sentence.utf8))
    }
}
