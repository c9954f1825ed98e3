import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "Rule metadata".
struct RuleMetadataHandler: RuleMetadataAPI {
    let store: Store

    func getRuleMetadata(_ input: GetRuleMetadata.Input) async throws -> GetRuleMetadata.Output {
        guard let rule = try await store.rule(input.path.ruleId) else { return .notFound }
        return .ok(.json(Schemas.MetadataDocument(metadata: rule.metadata.members)))
    }

    func mergeRuleMetadata(_ input: MergeRuleMetadata.Input) async throws -> MergeRuleMetadata.Output {
        let metadata = Metadata(input.body.metadata)
        return try await store.mergeMetadata(
            metadata, intoRule: input.path.ruleId, if: Precondition(ifMatch: input.headers.ifMatch))
            ? .noContent : .notFound
    }

    func replaceRuleMetadata(_ input: ReplaceRuleMetadata.Input) async throws -> ReplaceRuleMetadata.Output {
        let metadata = Metadata(input.body.metadata)
        return try await store.replaceMetadata(
            metadata, ofRule: input.path.ruleId, if: Precondition(ifMatch: input.headers.ifMatch))
            ? .noContent : .notFound
    }

    func clearRuleMetadata(_ input: ClearRuleMetadata.Input) async throws -> ClearRuleMetadata.Output {
        try await store.replaceMetadata(
            [:], ofRule: input.path.ruleId, if: Precondition(ifMatch: input.headers.ifMatch)) ? .noContent : .notFound
    }

    func setRuleMetadataKey(_ input: SetRuleMetadataKey.Input) async throws -> SetRuleMetadataKey.Output {
        let metadata = Metadata([(key: input.path.key, value: input.body.value)])
        do {
            return try await store.mergeMetadata(
                metadata, intoRule: input.path.ruleId, if: Precondition(ifMatch: input.headers.ifMatch))
                ? .noContent : .notFound
        } catch let error as Unstorable {
            return .unprocessableContent(.json(Schemas.ValidationError(ofMetadataKey: error)))
        }
    }

    func deleteRuleMetadataKey(_ input: DeleteRuleMetadataKey.Input) async throws -> DeleteRuleMetadataKey.Output {
        try await store.deleteMetadata(
            input.path.key, ofRule: input.path.ruleId, if: Precondition(ifMatch: input.headers.ifMatch))
            ? .noContent : .notFound
    }
}
