import ContractRuntime
import HTTPTypes
import HeksherAPI
import HeksherStore

/// Enforces the limits of tokens with prefixes.
///
/// For such a token, a setting outside its limits does not exist: a request that names it gets the response for an unknown setting. A
/// request to create something outside the limits is refused with 403, whether it exists or not. This type checks the names in a request.
/// The store checks the current name of the setting that a name, an alias or a rule's ID leads to, within the operation's transaction.
struct SettingAccess: OperationInterceptor {
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

    func intercept<Operation: APIOperation>(
        _ request: OperationRequest<Operation>, next: (OperationRequest<Operation>) async throws -> APIResponse
    ) async throws -> APIResponse {
        // A request that violates the contract names nothing. The response only lists the violations.
        guard let token = AccessControl.principal, token.prefixes != nil, let input = request.input else {
            return try await next(request)
        }
        do {
            switch Self.verdict(Operation.self, input, token) {
            case .undecided: return try await next(request)
            case .unknown: return Self.unknown(input)
            case .forbidden: return .forbidden(token.limits)
            }
        } catch is SettingNotAdmitted {
            return Self.unknown(input)
        }
    }

    private static func verdict<Operation: APIOperation>(
        _ operation: Operation.Type, _ input: Operation.Input, _ token: AccessToken
    ) -> Verdict {
        switch input {
        case let input as RenameSetting.Input where !token.admits(input.body.name): return .forbidden
        case let input as any NamesSetting: return token.admits(input.setting) ? .undecided : .unknown
        case let input as DeclareSetting.Input:
            return [input.body.name, input.body.alias].allSatisfy { $0.map(token.admits) ?? true }
                ? .undecided : .forbidden
        case let input as AddRule.Input: return token.admits(input.body.setting) ? .undecided : .forbidden
        case let input as SearchRules.Input: return token.admits(input.query.setting) ? .undecided : .unknown
        default: break
        }
        switch operation.id {
        case ListContextFeatures.id, GetContextFeature.id, GetContextFeatureValues.id, GetHealth.id,
            // The responses of these depend on the caller.
            ListSettings.id, QueryRules.id, EvaluateSettings.id, ExplainSetting.id, EvaluateFlag.id, EvaluateFlags.id,
            GetManifest.id, WatchSettings.id, WatchFlags.id, ListChanges.id, GetChange.id,
            // These check each setting that they change.
            MakeChanges.id, UndoChange.id, ListScheduledChanges.id, GetScheduledChange.id, DeleteScheduledChange.id,
            GetDocument.id, ApplyDocument.id,
            GetRule.id, DeleteRule.id, ChangeRuleValue.id, PatchRule.id, GetRuleMetadata.id, MergeRuleMetadata.id,
            ReplaceRuleMetadata.id,
            ClearRuleMetadata.id, SetRuleMetadataKey.id, DeleteRuleMetadataKey.id:
            return .undecided
        // Operations that are not listed here are refused, so that a new one cannot bypass the limits.
        default: return .forbidden
        }
    }

    /// The operation's response to a name, an alias or a rule's ID that does not exist.
    private static func unknown(_ input: some Sendable) -> APIResponse {
        switch input {
        case is DeclareSetting.Input:
            // The name is an alias of a setting that the token may not see, so no setting can be created under it.
            let detail = Schemas.Detail(detail: "the name belongs to another setting")
            return DeclareSetting.Output.conflict(.json(.detail(detail))).response()
        case let input as AddRule.Input:
            let sentence = Responses.UnknownSetting.sentence(input.body.setting)
            return AddRule.Output.unprocessableContent(.plainText(sentence)).response()
        case let input as any NamesSetting: return GetSetting.Output.notFound(.named(input.setting)).response()
        default: return GetRule.Output.notFound.response()
        }
    }
}

/// The input of an operation whose path contains the name or an alias of a setting.
private protocol NamesSetting {
    /// The name or alias in the path.
    var setting: String { get }
}

extension GetSetting.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension DeleteSetting.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension RenameSetting.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension ChangeSettingType.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension ChangeConfigurableFeatures.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension GetSettingMetadata.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension MergeSettingMetadata.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension ReplaceSettingMetadata.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension ClearSettingMetadata.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension SetSettingMetadataKey.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension DeleteSettingMetadataKey.Input: NamesSetting {
    fileprivate var setting: String { path.name }
}

extension APIResponse {
    static func forbidden(_ sentence: String) -> APIResponse {
        APIResponse(status: .forbidden, contentType: "text/plain; charset=utf-8", body: Array(sentence.utf8))
    }
}
