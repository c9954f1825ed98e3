import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "Context features".
struct ContextFeaturesHandler: ContextFeaturesAPI {
    let store: Store

    func listContextFeatures(_ input: ListContextFeatures.Input) async throws -> ListContextFeatures.Output {
        .ok(.json(Schemas.ContextFeatureList(contextFeatures: try await store.contextFeatures().names)))
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
            return .unprocessableContent(
                .json(Schemas.ValidationError("to_after", "neither it nor to_before is present")))
        }
        return try await store.moveContextFeature(input.path.name, to: destination) ? .noContent : .notFound
    }
}
