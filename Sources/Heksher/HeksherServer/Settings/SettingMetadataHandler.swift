import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "Setting metadata".
struct SettingMetadataHandler: SettingMetadataAPI {
    let store: Store

    func getSettingMetadata(_ input: GetSettingMetadata.Input) async throws -> GetSettingMetadata.Output {
        guard let setting = try await store.setting(input.path.name) else { return .notFound(.named(input.path.name)) }
        return .ok(.json(Schemas.MetadataDocument(metadata: setting.metadata.members)))
    }

    func mergeSettingMetadata(_ input: MergeSettingMetadata.Input) async throws -> MergeSettingMetadata.Output {
        let given = Metadata(input.body.metadata)
        switch try await change(input.path.name, input.body.version, input.headers.ifMatch, { $0.merge(given) }) {
        case .changed: return .noContent
        case .unknown(let response): return .notFound(response)
        case .conflict(let response): return .conflict(response)
        }
    }

    func replaceSettingMetadata(_ input: ReplaceSettingMetadata.Input) async throws -> ReplaceSettingMetadata.Output {
        let given = Metadata(input.body.metadata)
        switch try await change(input.path.name, input.body.version, input.headers.ifMatch, { $0 = given }) {
        case .changed: return .noContent
        case .unknown(let response): return .notFound(response)
        case .conflict(let response): return .conflict(response)
        }
    }

    func clearSettingMetadata(_ input: ClearSettingMetadata.Input) async throws -> ClearSettingMetadata.Output {
        switch try await change(input.path.name, input.body.version, input.headers.ifMatch, { $0 = [:] }) {
        case .changed: return .noContent
        case .unknown(let response): return .notFound(response)
        case .conflict(let response): return .conflict(response)
        }
    }

    func setSettingMetadataKey(_ input: SetSettingMetadataKey.Input) async throws -> SetSettingMetadataKey.Output {
        let (key, value) = (input.path.key, input.body.value)
        do {
            switch try await change(input.path.name, input.body.version, input.headers.ifMatch, { $0[key] = value }) {
            case .changed: return .noContent
            case .unknown(let response): return .notFound(response)
            case .conflict(let response): return .conflict(response)
            }
        } catch let error as Unstorable {
            return .unprocessableContent(.json(Schemas.ValidationError(ofMetadataKey: error)))
        }
    }

    func deleteSettingMetadataKey(
        _ input: DeleteSettingMetadataKey.Input
    ) async throws -> DeleteSettingMetadataKey.Output {
        let key = input.path.key
        switch try await change(input.path.name, input.body.version, input.headers.ifMatch, { $0[key] = nil }) {
        case .changed: return .noContent
        case .unknown(let response): return .notFound(response)
        case .conflict(let response): return .conflict(response)
        }
    }

    /// The responses that all changes share.
    private enum Outcome {
        case changed
        case unknown(Responses.UnknownSetting)
        case conflict(Responses.VersionNotHigher)
    }

    private func change(
        _ name: String, _ version: String, _ ifMatch: String?,
        _ edit: @escaping @Sendable (inout Metadata) -> Void
    ) async throws -> Outcome {
        let change = try await store.changeMetadata(
            of: name, version: Version(validated: version), if: Precondition(ifMatch: ifMatch), edit)
        return switch change {
        case .unknownSetting: .unknown(.named(name))
        case .decided(.changed): .changed
        case .decided(.versionTooLow(let stored)): .conflict(.stored(stored, of: name, given: version))
        }
    }
}
