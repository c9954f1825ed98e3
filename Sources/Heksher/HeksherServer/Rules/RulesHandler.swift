import ContractJSON
import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "Rules".
struct RulesHandler: RulesAPI {
    let store: Store

    func addRule(_ input: AddRule.Input) async throws -> AddRule.Output {
        let body = input.body
        let conditions = body.featureValues.map { Condition(feature: $0.key, value: $0.value) }
        let addition = try await store.addRule(
            to: body.setting, conditions: conditions, value: body.value, metadata: Metadata(body.metadata),
            expiry: Expiry.microseconds(body.expiresAt))
        return switch addition {
        case .added(let id):
            .created(.json(Schemas.RuleReference(ruleId: id)), headers: .init(location: "/api/v1/rules/\(id)"))
        case .unknownSetting:
            .unprocessableContent(.plainText(Responses.UnknownSetting.sentence(body.setting)))
        case .notConfigurable(let features):
            .badRequest(
                .plainText("the setting \(body.setting.shortened()) is not configurable by \(features.listText)"))
        case .refusedValues(let values): throw InvalidRequest(conditions: values)
        case .wrongType(let type): .badRequest(.plainText("the value does not fit the type \(type.quotation)"))
        case .exists(let id): .conflict(.plainText("rule \(id) has the same conditions"))
        }
    }

    func getRule(_ input: GetRule.Input) async throws -> GetRule.Output {
        guard let rule = try await store.rule(input.path.ruleId).map(Schemas.Rule.init) else { return .notFound }
        let tag = rule.tag
        if tag.matches(ifNoneMatch: input.headers.ifNoneMatch) { return .notModified(headers: .init(eTag: tag.text)) }
        return .ok(.json(rule), headers: .init(eTag: tag.text))
    }

    func deleteRule(_ input: DeleteRule.Input) async throws -> DeleteRule.Output {
        let precondition = Precondition(ifMatch: input.headers.ifMatch)
        return try await store.deleteRule(input.path.ruleId, if: precondition) ? .noContent : .notFound
    }

    func changeRuleValue(_ input: ChangeRuleValue.Input) async throws -> ChangeRuleValue.Output {
        switch try await changeValue(input.path.ruleId, input.body.value, input.headers.ifMatch) {
        case .changed: .noContent
        case .unknownRule: .notFound
        case .wrongType(let type): .badRequest(.wrong(type))
        }
    }

    func patchRule(_ input: PatchRule.Input) async throws -> PatchRule.Output {
        switch try await changeValue(input.path.ruleId, input.body.value, input.headers.ifMatch) {
        case .changed: .noContent
        case .unknownRule: .notFound
        case .wrongType(let type): .badRequest(.wrong(type))
        }
    }

    private func changeValue(_ id: Int, _ value: JSONValue, _ ifMatch: String?) async throws -> Store.RuleChange {
        try await store.changeValue(of: id, to: value, if: Precondition(ifMatch: ifMatch))
    }

    func searchRules(_ input: SearchRules.Input) async throws -> SearchRules.Output {
        let conditions: [Condition]
        do {
            conditions = try Condition.list(parsing: input.query.featureValues, isRequired: true)
        } catch .malformed(let error) {
            return .unprocessableContent(.json(Schemas.ValidationError(error, in: .featureValues)))
        } catch {
            return .notFound
        }
        guard let id = try await store.ruleID(of: input.query.setting, conditions: conditions) else { return .notFound }
        return .ok(.json(Schemas.RuleReference(ruleId: id)))
    }
}
