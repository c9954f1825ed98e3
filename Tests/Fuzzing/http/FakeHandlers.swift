import ContractRuntime
import HeksherAPI

/// Echoes each request, and refuses names that begin with `u`. It has no database.
struct FakeHandlers {
    private func isUnknown(_ name: String) -> Bool { name.hasPrefix("u") }
}

extension FakeHandlers: ContextFeaturesAPI {
    func listContextFeatures(_ input: ListContextFeatures.Input) async throws -> ListContextFeatures.Output {
        .ok(.json(Schemas.ContextFeatureList(contextFeatures: ["environment", "theme"])))
    }

    func addContextFeature(_ input: AddContextFeature.Input) async throws -> AddContextFeature.Output {
        isUnknown(input.body.contextFeature) ? .noContent : .conflict(.plainText(input.body.contextFeature))
    }

    func getContextFeature(_ input: GetContextFeature.Input) async throws -> GetContextFeature.Output {
        isUnknown(input.path.name)
            ? .notFound : .ok(.json(Schemas.ContextFeaturePosition(index: input.path.name.utf8.count)))
    }

    func deleteContextFeature(_ input: DeleteContextFeature.Input) async throws -> DeleteContextFeature.Output {
        isUnknown(input.path.name) ? .notFound : .noContent
    }

    func moveContextFeature(_ input: MoveContextFeature.Input) async throws -> MoveContextFeature.Output {
        isUnknown(input.body.toAfter ?? input.body.toBefore ?? "") ? .notFound : .noContent
    }

    func getContextFeatureValues(
        _ input: GetContextFeatureValues.Input
    ) async throws -> GetContextFeatureValues.Output {
        isUnknown(input.path.name) ? .notFound : .ok(.json(Schemas.ContextFeatureValues(values: ["x"])))
    }

    func setContextFeatureValues(
        _ input: SetContextFeatureValues.Input
    ) async throws -> SetContextFeatureValues.Output {
        guard let values = input.body.values else { return .noContent }
        return .conflict(.json(Schemas.ContextFeatureValuesConflicts(conflicts: values)))
    }
}

extension FakeHandlers: SettingsAPI {
    func declareSetting(_ input: DeclareSetting.Input) async throws -> DeclareSetting.Output {
        let difference = Schemas.AttributeDifference(
            level: .minor, attribute: .defaultValue, latestValue: input.body.defaultValue)
        return .ok(
            .json(
                .outdated(
                    Schemas.DeclarationOutdated(
                        latestVersion: input.body.version, differences: [.attributeDifference(difference)]))))
    }

    func listSettings(_ input: ListSettings.Input) async throws -> ListSettings.Output {
        .ok(.json(Schemas.SettingList(settings: [])))
    }

    func getSetting(_ input: GetSetting.Input) async throws -> GetSetting.Output {
        if isUnknown(input.path.name) { return .notFound(.plainText(input.path.name)) }
        return .ok(
            .json(
                Schemas.Setting(
                    name: input.path.name, configurableFeatures: ["theme"], type: "int", defaultValue: 1, metadata: [:],
                    aliases: [], version: "1.0")), headers: .init(eTag: "\"x\""))
    }

    func deleteSetting(_ input: DeleteSetting.Input) async throws -> DeleteSetting.Output {
        isUnknown(input.path.name) ? .notFound(.plainText(input.path.name)) : .noContent
    }

    func changeSettingType(_ input: ChangeSettingType.Input) async throws -> ChangeSettingType.Output {
        .conflict(.json(Schemas.TypeConflicts(conflicts: [input.body.type])))
    }

    func renameSetting(_ input: RenameSetting.Input) async throws -> RenameSetting.Output {
        .conflict(.plainText(input.body.name))
    }

    func changeConfigurableFeatures(
        _ input: ChangeConfigurableFeatures.Input
    ) async throws -> ChangeConfigurableFeatures.Output {
        .notFound(.plainText(input.body.configurableFeatures.joined(separator: ",")))
    }
}

extension FakeHandlers: SettingMetadataAPI {
    func getSettingMetadata(_ input: GetSettingMetadata.Input) async throws -> GetSettingMetadata.Output {
        .ok(.json(Schemas.MetadataDocument(metadata: [input.path.name: 1])))
    }

    func mergeSettingMetadata(_ input: MergeSettingMetadata.Input) async throws -> MergeSettingMetadata.Output {
        input.body.metadata.isEmpty ? .notFound(.plainText(input.path.name)) : .noContent
    }

    func replaceSettingMetadata(_ input: ReplaceSettingMetadata.Input) async throws -> ReplaceSettingMetadata.Output {
        .noContent
    }

    func clearSettingMetadata(_ input: ClearSettingMetadata.Input) async throws -> ClearSettingMetadata.Output {
        .conflict(.plainText(input.body.version))
    }

    func setSettingMetadataKey(_ input: SetSettingMetadataKey.Input) async throws -> SetSettingMetadataKey.Output {
        .notFound(.plainText(input.path.key))
    }

    func deleteSettingMetadataKey(
        _ input: DeleteSettingMetadataKey.Input
    ) async throws -> DeleteSettingMetadataKey.Output {
        .noContent
    }
}

extension FakeHandlers: RulesAPI {
    func addRule(_ input: AddRule.Input) async throws -> AddRule.Output {
        if isUnknown(input.body.setting) { return .badRequest(.plainText(input.body.featureValues.description)) }
        let id = input.body.featureValues.count
        return .created(.json(Schemas.RuleReference(ruleId: id)), headers: .init(location: "/api/v1/rules/\(id)"))
    }

    func searchRules(_ input: SearchRules.Input) async throws -> SearchRules.Output {
        isUnknown(input.query.setting)
            ? .notFound : .ok(.json(Schemas.RuleReference(ruleId: input.query.featureValues.utf8.count)))
    }

    func getRule(_ input: GetRule.Input) async throws -> GetRule.Output {
        .ok(
            .json(
                Schemas.Rule(
                    setting: "a", value: JSONValue(input.path.ruleId), featureValues: [["theme", "dark"]], metadata: [:]
                )), headers: .init(eTag: "\"x\""))
    }

    func deleteRule(_ input: DeleteRule.Input) async throws -> DeleteRule.Output {
        input.path.ruleId > 9 ? .notFound : .noContent
    }

    func patchRule(_ input: PatchRule.Input) async throws -> PatchRule.Output {
        .badRequest(.plainText(input.body.value.text))
    }

    func changeRuleValue(_ input: ChangeRuleValue.Input) async throws -> ChangeRuleValue.Output { .noContent }
}

extension FakeHandlers: RuleMetadataAPI {
    func getRuleMetadata(_ input: GetRuleMetadata.Input) async throws -> GetRuleMetadata.Output {
        .ok(.json(Schemas.MetadataDocument(metadata: [:])))
    }

    func mergeRuleMetadata(_ input: MergeRuleMetadata.Input) async throws -> MergeRuleMetadata.Output { .noContent }
    func replaceRuleMetadata(_ input: ReplaceRuleMetadata.Input) async throws -> ReplaceRuleMetadata.Output {
        .notFound
    }
    func clearRuleMetadata(_ input: ClearRuleMetadata.Input) async throws -> ClearRuleMetadata.Output { .noContent }
    func setRuleMetadataKey(_ input: SetRuleMetadataKey.Input) async throws -> SetRuleMetadataKey.Output { .noContent }
    func deleteRuleMetadataKey(_ input: DeleteRuleMetadataKey.Input) async throws -> DeleteRuleMetadataKey.Output {
        .notFound
    }
}

extension FakeHandlers: PushAPI {
    fileprivate static func stream<Event: Sendable>(of event: Event) -> AsyncStream<Event> {
        AsyncStream { continuation in
            continuation.yield(event)
            continuation.finish()
        }
    }

    /// A stream that ends at once.
    func watchSettings(_ input: WatchSettings.Input) async throws -> WatchSettings.Output {
        let event = ServerSentEvent(Schemas.SettingsEvent(), name: "ready", id: "0")
        return .ok(.events(EventStream(Self.stream(of: event))), headers: .init(xAccelBuffering: "no"))
    }
}

extension FakeHandlers: EvaluationAPI, OpenFeatureAPI {
    func watchFlags(_ input: WatchFlags.Input) async throws -> WatchFlags.Output {
        let event = ServerSentEvent(Schemas.FlagsEvent(type: .refetchEvaluation, etag: "0", lastModified: 0))
        return .ok(.events(EventStream(Self.stream(of: event))), headers: .init(xAccelBuffering: "no"))
    }

    func evaluateSettings(_ input: EvaluateSettings.Input) async throws -> EvaluateSettings.Output {
        .ok(.json(Schemas.Evaluation(settings: [:])), headers: .init(eTag: "\"e\""))
    }

    func explainSetting(_ input: ExplainSetting.Input) async throws -> ExplainSetting.Output {
        .notFound(.plainText(input.query.setting))
    }

    func evaluateFlag(_ input: EvaluateFlag.Input) async throws -> EvaluateFlag.Output {
        .notFound(.json(Schemas.FlagNotFound(key: input.path.key, errorDetails: "")))
    }

    func evaluateFlags(_ input: EvaluateFlags.Input) async throws -> EvaluateFlags.Output {
        .ok(.json(Schemas.FlagList(flags: [], eventStreams: [])), headers: .init(eTag: "\"f\""))
    }

    func getManifest(_ input: GetManifest.Input) async throws -> GetManifest.Output {
        .ok(.json(Schemas.Manifest(flags: [])))
    }
}

extension FakeHandlers: ServiceAPI {
    func getHealth(_ input: GetHealth.Input) async throws -> GetHealth.Output {
        .ok(.json(Schemas.Health(version: "1")))
    }
}
