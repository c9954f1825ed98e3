import ContractJSON
import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "Context features".
struct ContextFeaturesHandler: ContextFeaturesAPI {
    let store: Store

    func listContextFeatures(_ input: ListContextFeatures.Input) async throws -> ListContextFeatures.Output {
        guard input.query.includeValues else {
            return .ok(.json(Schemas.ContextFeatureList(contextFeatures: try await store.contextFeatures().names)))
        }
        let (features, allowed) = try await store.contextFeaturesWithValues()
        var list = Schemas.ContextFeatureList(contextFeatures: features.names, values: [:])
        for name in features.names { list.values?[name] = allowed.lists[name]?.values }
        return .ok(.json(list))
    }

    func addContextFeature(_ input: AddContextFeature.Input) async throws -> AddContextFeature.Output {
        let name = input.body.contextFeature
        do {
            return try await store.addContextFeature(name)
                ? .noContent : .conflict(.plainText("context feature already exists"))
        } catch let error as Unstorable {
            return .unprocessableContent(.json(Schemas.ValidationError("context_feature", "\(error)")))
        }
    }

    func getContextFeature(_ input: GetContextFeature.Input) async throws -> GetContextFeature.Output {
        guard let index = try await store.contextFeatures().index(of: input.path.name) else { return .notFound }
        return .ok(.json(Schemas.ContextFeaturePosition(index: index)))
    }

    func deleteContextFeature(_ input: DeleteContextFeature.Input) async throws -> DeleteContextFeature.Output {
        let name = input.path.name
        return switch try await store.deleteContextFeature(name) {
        case .deleted: .noContent
        case .unknown: .notFound
        case .inUse:
            .conflict(
                .plainText(
                    "context feature can't be deleted, there is at least one setting configured by it"))
        }
    }

    func moveContextFeature(_ input: MoveContextFeature.Input) async throws -> MoveContextFeature.Output {
        let (after, before) = (input.body.toAfter, input.body.toBefore)
        guard let destination = after.map(ContextFeatureOrder.Destination.after) ?? before.map({ .before($0) }) else {
            let problem = Schemas.ValidationProblem(["body"], "either to_after or to_before is required")
            return .unprocessableContent(.json(Schemas.ValidationError(detail: [problem])))
        }
        return try await store.moveContextFeature(input.path.name, to: destination) ? .noContent : .notFound
    }

    func getContextFeatureValues(
        _ input: GetContextFeatureValues.Input
    ) async throws -> GetContextFeatureValues.Output {
        return switch try await store.values(ofContextFeature: input.path.name) {
        case .unknown: .notFound
        case .any: .ok(.json(Schemas.ContextFeatureValues(values: nil)))
        case .list(let list): .ok(.json(Schemas.ContextFeatureValues(values: list.values)))
        }
    }

    func setContextFeatureValues(
        _ input: SetContextFeatureValues.Input
    ) async throws -> SetContextFeatureValues.Output {
        let list = input.body.values.flatMap { FeatureValueList($0) }
        switch try await store.setValues(ofContextFeature: input.path.name, to: list) {
        case .changed: return .noContent
        case .unknown: return .notFound
        case .conflicts(let conflicts):
            return .conflict(.json(Schemas.ContextFeatureValuesConflicts(conflicts: conflicts.sentences)))
        }
    }
}

extension FeatureValuesConflicts {
    /// The maximum size of the listed sentences in JSON.
    private static let maximumSize = 48 << 10

    /// One sentence for each rule, and one with the number of those that are not listed.
    fileprivate var sentences: [String] {
        var sentences: [String] = []
        var size = 0
        for rule in rules {
            let sentence =
                "rule \(rule.id) of the setting \(rule.setting.shortened()) has the value '\(rule.value.shortened())'"
            size += JSONValue(sentence).bytes.count + 1
            guard size <= Self.maximumSize else { break }
            sentences.append(sentence)
        }
        switch count - sentences.count {
        case 0: break
        case 1: sentences.append("1 more rule has another value")
        case let others: sentences.append("\(others) more rules have other values")
        }
        return sentences
    }
}
