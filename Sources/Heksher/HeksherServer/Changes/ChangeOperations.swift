import ContractJSON
import ContractRuntime
import HTTPTypes
import HeksherAPI
import HeksherDomain
import HeksherStore

/// An operation of a change was refused, so that nothing changes.
struct OperationRefused: Error {
    /// The index of the operation.
    var index: Int
    var response: APIResponse

    /// The refusal as the contract has it.
    var refusal: Schemas.RefusedOperation {
        Schemas.RefusedOperation(operation: index, status: response.status.code, answer: response.answer)
    }
}

/// Runs operations that the body of one request contains, in one transaction, through the routes of the operations themselves. So the same
/// code validates them, checks the limits of the token, and carries them out.
struct ChangeOperations {
    /// The method and the path of an operation.
    private struct Endpoint: Sendable {
        let id: String
        let method: HTTPRequest.Method
        let path: String

        init(_ operation: (some APIOperation).Type) {
            (id, method, path) = (operation.id, operation.method, operation.path)
        }
    }

    /// The operations that can be part of a change, by their IDs.
    private static let endpoints: [String: Endpoint] = {
        let endpoints = [
            Endpoint(AddContextFeature.self), Endpoint(DeleteContextFeature.self), Endpoint(MoveContextFeature.self),
            Endpoint(SetContextFeatureValues.self), Endpoint(DeclareSetting.self), Endpoint(DeleteSetting.self),
            Endpoint(ChangeSettingType.self), Endpoint(RenameSetting.self), Endpoint(ChangeConfigurableFeatures.self),
            Endpoint(MergeSettingMetadata.self), Endpoint(ReplaceSettingMetadata.self),
            Endpoint(ClearSettingMetadata.self), Endpoint(SetSettingMetadataKey.self),
            Endpoint(DeleteSettingMetadataKey.self), Endpoint(AddRule.self), Endpoint(DeleteRule.self),
            Endpoint(PatchRule.self), Endpoint(ChangeRuleValue.self), Endpoint(MergeRuleMetadata.self),
            Endpoint(ReplaceRuleMetadata.self), Endpoint(ClearRuleMetadata.self), Endpoint(SetRuleMetadataKey.self),
            Endpoint(DeleteRuleMetadataKey.self),
        ]
        return Dictionary(uniqueKeysWithValues: endpoints.map { ($0.id, $0) })
    }()

    /// The members of an operation, by name.
    typealias Members = OrderedDictionary<String, JSONValue>

    private let store: Store
    private let routes: [String: Route]

    /// - Parameter store: belongs to the transaction.
    init(_ store: Store) {
        self.store = store
        // The request as a whole has been admitted, and its token may make any change.
        let security = AdmitsEverybody<Credentials>()
        let interceptors: [any OperationInterceptor] = [SettingAccess(), ProblemListing()]
        let all =
            API.routes(
                contextFeatures: ContextFeaturesHandler(store: store), security: security, interceptors: interceptors)
            + API.routes(
                settings: SettingsHandler(store: store, catalog: nil), security: security, interceptors: interceptors)
            + API.routes(
                settingMetadata: SettingMetadataHandler(store: store), security: security, interceptors: interceptors)
            + API.routes(rules: RulesHandler(store: store), security: security, interceptors: interceptors)
            + API.routes(
                ruleMetadata: RuleMetadataHandler(store: store), security: security, interceptors: interceptors)
        routes = Dictionary(all.map { ($0.operationID, $0) }) { first, _ in first }
    }

    /// Runs the operations in their order.
    ///
    /// - Returns: their responses.
    /// - Throws: ``OperationRefused`` for the first one that is refused; errors that concern the whole request.
    func run(_ operations: [Schemas.ChangeOperation]) async throws -> [Schemas.OperationResult] {
        var results: [Schemas.OperationResult] = []
        for (index, operation) in operations.enumerated() {
            let response = try await run(operation)
            guard response.status.code < 400 else { throw OperationRefused(index: index, response: response) }
            results.append(Schemas.OperationResult(status: response.status.code, answer: response.answer))
        }
        return results
    }

    private func run(_ operation: Schemas.ChangeOperation) async throws -> APIResponse {
        let members = operation.additionalProperties
        do {
            switch operation.operation {
            case .setRule: return try await setRule(members)
            case .unsetRule: return try await unsetRule(members)
            default: return try await respond(operation.operation.rawValue, members)
            }
        } catch {
            guard let refusal = APIResponse(refusing: error) else { throw error }
            return refusal
        }
    }

    /// Sends the request that the members describe to the operation's own route.
    private func respond(_ id: String, _ members: Members) async throws -> APIResponse {
        guard let endpoint = Self.endpoints[id], let route = routes[id] else {
            preconditionFailure("the contract lists the operation \(id), which has no route")
        }
        var members = members
        var problems = ValidationProblems()
        var values: [String] = []
        for name in endpoint.path.split(separator: "/").filter({ $0.first == "{" }).map({
            String($0.dropFirst().dropLast())
        }) {
            if let value = members.removeValue(forKey: name) {
                values.append(PercentEncoding.encode(value.plainText))
            } else {
                problems.add(ValidationProblem(.missing, "field required", at: [.name("path"), .name(name)]))
            }
        }
        guard problems.isEmpty else { return .invalid(problems) }
        if id == RenameSetting.id { members["name"] = members.removeValue(forKey: "new_name") }
        var request = APIRequest(method: endpoint.method, path: endpoint.path)
        if let tag = members.removeValue(forKey: "if_match") { request.setHeader("If-Match", tag.plainText) }
        if route.readsBody {
            request.setJSONBody(Array(JSONValue(object: members.map { (key: $0.key, value: $0.value) }).bytes))
        }
        return try await route.respond(request, values)
    }

    // MARK: Rules by their conditions

    private func setRule(_ members: Members) async throws -> APIResponse {
        guard let id = try await rule(members) else { return try await respond(AddRule.id, members) }
        guard let value = members["value"] else { return try await respond(AddRule.id, members) }
        let rule: Members = ["rule_id": JSONValue(id)]
        let changed = try await respond(
            ChangeRuleValue.id, rule.merging(["value": value]) { $1 })
        guard changed.status == .noContent else { return changed }
        if let metadata = members["metadata"], let stored = try await store.rule(id)?.metadata,
            metadata != stored.jsonValue
        {
            let changed = try await respond(
                ReplaceRuleMetadata.id, rule.merging(["metadata": metadata]) { $1 })
            guard changed.status == .noContent else { return changed }
        }
        if let expiry = members["expires_at"] {
            _ = try await store.setExpiry(Expiry.microseconds(expiry), ofRule: id)
        }
        return APIResponse(
            status: .ok, contentType: "application/json", body: Schemas.RuleReference(ruleId: id).jsonBytes())
    }

    private func unsetRule(_ members: Members) async throws -> APIResponse {
        var problems = ValidationProblems()
        for name in ["setting", "feature_values"] where members[name] == nil {
            problems.add(ValidationProblem(.missing, "field required", at: [.name("body"), .name(name)]))
        }
        guard problems.isEmpty else { return .invalid(problems) }
        guard let id = try await rule(members) else {
            let name = members["setting"]?.plainText ?? ""
            return APIResponse(
                status: .notFound, contentType: "text/plain; charset=utf-8",
                body: Array("the setting \(name.shortened()) has no rule with exactly these conditions".utf8))
        }
        return try await respond(DeleteRule.id, ["rule_id": JSONValue(id)])
    }

    /// The ID of the rule with the conditions in `feature_values`; `nil` if the caller may see no such rule.
    private func rule(_ members: Members) async throws -> Int? {
        guard case .string(let setting)? = members["setting"]?.content,
            case .object(let pairs)? = members["feature_values"]?.content, !pairs.isEmpty
        else { return nil }
        var conditions: [String: Condition] = [:]
        for (feature, value) in pairs {
            guard case .string(let text) = value.content, !text.utf8.contains(0), !feature.utf8.contains(0) else {
                return nil
            }
            conditions[feature] = Condition(feature: feature, value: text)
        }
        do {
            return try await store.ruleID(of: setting, conditions: Array(conditions.values))
        } catch is SettingNotAdmitted {
            return nil
        }
    }
}

extension APIResponse {
    /// The body as JSON, or as a string if it is text; `null` without a body.
    fileprivate var answer: JSONValue {
        if body.isEmpty { return JSONValue { $0.writeNull() } }
        if headerFields[.contentType]?.hasPrefix("application/json") == true, let value = try? JSONValue(parsing: body)
        {
            return value
        }
        return JSONValue(String(decoding: body, as: UTF8.self))
    }
}

extension JSONValue {
    /// A string without its quotation marks, and the text of any other value.
    fileprivate var plainText: String { if case .string(let text) = content { text } else { text } }
}
