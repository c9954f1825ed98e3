import ContractJSON
import ContractRuntime
import HTTPRepresentation
import HeksherAPI
import HeksherCatalog
import HeksherDomain
import HeksherStore

/// The operations of the tag "Evaluation". ``QueryResponder`` evaluates from memory, with the same responses as this handler gives from the
/// tables.
struct EvaluationHandler: EvaluationAPI {
    let store: Store
    /// `nil` to explain values from the tables.
    var catalog: SettingsCatalog?

    func evaluateSettings(_ input: EvaluateSettings.Input) async throws -> EvaluateSettings.Output {
        let context: Context
        do {
            context = try Context(parsing: input.query.context)
        } catch {
            return error.output({ .unprocessableContent(.json($0)) }, { .badRequest(.plainText($0)) })
        }
        switch try await store.visibleSettings(input.query.settings) {
        case .unknownSettings(let unknown): return .unknownSettings(unknown)
        case .unreadableSetting(let setting): throw setting
        case .found(let settings, let features, let allowed):
            try allowed.check(input.query.context)
            var result = Schemas.Evaluation(settings: [:])
            for setting in settings {
                let winner = setting.winner(in: context, features)
                result.settings[setting.name] = Schemas.EvaluatedSetting(
                    value: winner?.value ?? setting.defaultValue, ruleId: winner?.id)
            }
            let tag = EntityTag(ofBody: result.jsonBytes())
            if tag.matches(ifNoneMatch: input.headers.ifNoneMatch) {
                return .notModified(headers: .init(eTag: tag.text))
            }
            return .ok(.json(result), headers: .init(eTag: tag.text))
        }
    }

    func explainSetting(_ input: ExplainSetting.Input) async throws -> ExplainSetting.Output {
        let context: Context
        do {
            context = try Context(parsing: input.query.context)
        } catch {
            return error.output({ .unprocessableContent(.json($0)) }, { .badRequest(.plainText($0)) })
        }
        guard let (setting, features, allowed) = try await find(input.query.setting) else {
            return .notFound(.named(input.query.setting))
        }
        try allowed.check(input.query.context)
        let facts = try setting.facts.get()
        let explanation = Schemas.Explanation(
            setting, facts.type, Explanation(setting.rules, in: context, features))
        let tag = EntityTag(ofBody: explanation.jsonBytes())
        if tag.matches(ifNoneMatch: input.headers.ifNoneMatch) {
            return .notModified(headers: .init(eTag: tag.text))
        }
        return .ok(.json(explanation), headers: .init(eTag: tag.text))
    }

    /// A setting with the context features and their values, from memory if possible; `nil` if no setting that the caller may see has the
    /// name or alias.
    private func find(_ name: String) async throws -> (QueriedSetting, ContextFeatureOrder, AllowedValues)? {
        guard SettingAccess.admits(name) else { return nil }
        if let snapshot = try await catalog?.current() {
            switch snapshot.find(name) {
            case .unknown: return nil
            case .unreadable(let setting):
                if SettingAccess.admits(setting.name) { throw setting } else { return nil }
            case .entry(let setting):
                guard SettingAccess.admits(setting.name) else { return nil }
                if let setting = setting.queried(snapshot.features) {
                    return (setting, snapshot.features, snapshot.allowedValues)
                }
            case .onlyInTables: break
            }
        }
        switch try await store.visibleSettings([name]) {
        case .unknownSettings: return nil
        case .unreadableSetting(let setting): throw setting
        case .found(let settings, let features, let allowed): return settings.first.map { ($0, features, allowed) }
        }
    }
}

extension ContextError {
    /// The output of an operation that refuses the context.
    fileprivate func output<Output>(
        _ malformed: (Schemas.ValidationError) -> Output, _ repeated: (String) -> Output
    ) -> Output {
        switch self {
        case .malformed(let error): malformed(Schemas.ValidationError(error, in: .context))
        case .repeatedFeatures: repeated(description)
        }
    }
}

extension QueriedSetting {
    /// The rule that wins in a context; `nil` if the default applies.
    func winner(in context: Context, _ features: ContextFeatureOrder) -> Rule? {
        Resolver(rules.map(\.conditions), features).winner(in: context).map { rules[$0] }
    }
}

extension EvaluateSettings.Output {
    static func unknownSettings(_ names: [String]) -> Self {
        .notFound(.plainText("the settings \(names.listText) do not exist"))
    }
}

extension Schemas.Explanation {
    fileprivate init(_ setting: QueriedSetting, _ type: SettingType, _ explanation: Explanation) {
        let winner = explanation.winner
        self.init(
            setting: setting.name, type: type.description, defaultValue: setting.defaultValue,
            value: winner?.value ?? setting.defaultValue, ruleId: winner?.id,
            unknownContextFeatures: explanation.unknownFeatures,
            rules: explanation.entries.map { Schemas.ExplainedRule($0, winner: winner?.id) })
    }
}

extension Schemas.ExplainedRule {
    fileprivate init(_ entry: Explanation.Entry, winner: Int?) {
        let rule = entry.rule
        let (outcome, losesTo, mismatches): (Schemas.RuleOutcome, Int?, [Explanation.Mismatch]) =
            switch entry.outcome {
            case .wins: (.wins, nil, [])
            case .loses: (.loses, winner, [])
            case .doesNotMatch(let mismatches): (.doesNotMatch, nil, mismatches)
            }
        self.init(
            ruleId: rule.id, value: rule.value, metadata: rule.metadata.members,
            contextFeatures: rule.conditions.map { [$0.feature, $0.value] }, outcome: outcome, losesTo: losesTo,
            mismatches: mismatches.map { mismatch in
                Schemas.ConditionMismatch(
                    contextFeature: mismatch.condition.feature, wanted: mismatch.condition.value, given: mismatch.given)
            })
    }
}
