import ContractJSON
import HeksherAPI
import HeksherCatalog
import HeksherDomain
import HeksherStore

/// The operations of the tag "Settings", except for declaring.
struct SettingsHandler: SettingsAPI {
    let store: Store
    /// `nil` if the operations belong to a transaction, whose changes the catalog does not know.
    let catalog: SettingsCatalog?
    let upToDate = UpToDateDeclarations()

    func listSettings(_ input: ListSettings.Input) async throws -> ListSettings.Output {
        let token = AccessControl.principal
        let settings = try await store.settings().filter { token?.admits($0.name) ?? true }.map {
            Schemas.SettingSummary($0, withAdditionalData: input.query.includeAdditionalData)
        }
        return .ok(.json(Schemas.SettingList(settings: settings)))
    }

    func getSetting(_ input: GetSetting.Input) async throws -> GetSetting.Output {
        guard let setting = try await store.setting(input.path.name).map(Schemas.Setting.init) else {
            return .notFound(.named(input.path.name))
        }
        let tag = setting.tag
        if tag.matches(ifNoneMatch: input.headers.ifNoneMatch) { return .notModified(headers: .init(eTag: tag.text)) }
        return .ok(.json(setting), headers: .init(eTag: tag.text))
    }

    func deleteSetting(_ input: DeleteSetting.Input) async throws -> DeleteSetting.Output {
        let precondition = Precondition(ifMatch: input.headers.ifMatch)
        return try await store.deleteSetting(input.path.name, if: precondition)
            ? .noContent : .notFound(.named(input.path.name))
    }

    func changeSettingType(_ input: ChangeSettingType.Input) async throws -> ChangeSettingType.Output {
        let (name, version) = (input.path.name, input.body.version)
        let problems = SettingProblems(type: input.body.type)
        guard let type = problems.type else { return .unprocessableContent(.json(Schemas.ValidationError(problems))) }
        let change = try await store.changeType(
            of: name, to: type, version: Version(validated: version), if: Precondition(ifMatch: input.headers.ifMatch))
        return switch change {
        case .unknownSetting: .notFound(.named(name))
        case .decided(.changed), .decided(.unchanged): .noContent
        case .decided(.conflicts(let conflicts)): .conflict(.json(Schemas.TypeConflicts(conflicts: conflicts)))
        case .decided(.versionTooLow(let stored)):
            .conflict(.plainText(Responses.VersionNotHigher.sentence(stored: stored, of: name, given: version)))
        }
    }

    func renameSetting(_ input: RenameSetting.Input) async throws -> RenameSetting.Output {
        let (name, version) = (input.path.name, input.body.version)
        let renaming = try await store.rename(
            name, to: input.body.name, version: Version(validated: version),
            if: Precondition(ifMatch: input.headers.ifMatch))
        return switch renaming {
        case .unknownSetting: .notFound(.named(name))
        case .decided(.renamed), .decided(.unchanged): .noContent
        case .decided(.nameTaken):
            .conflict(.plainText("the name \(input.body.name.shortened()) belongs to another setting"))
        case .decided(.versionTooLow(let stored)):
            .conflict(.plainText(Responses.VersionNotHigher.sentence(stored: stored, of: name, given: version)))
        }
    }

    func changeConfigurableFeatures(
        _ input: ChangeConfigurableFeatures.Input
    ) async throws -> ChangeConfigurableFeatures.Output {
        let (name, version) = (input.path.name, input.body.version)
        let change = try await store.changeConfigurableFeatures(
            of: name, to: input.body.configurableFeatures, version: Version(validated: version),
            if: Precondition(ifMatch: input.headers.ifMatch))
        return switch change {
        case .unknownSetting: .notFound(.plainText("the setting \(name.shortened()) does not exist"))
        case .decided(.changed), .decided(.unchanged): .noContent
        case .decided(.unknownFeatures(let features)):
            .notFound(.plainText("the context features \(features.listText) do not exist"))
        case .decided(.stillInUse(let use)): .conflict(.plainText(use.sentence))
        case .decided(.addedInMinorVersion(let features)):
            .conflict(
                .plainText(
                    "configurable features \(features.listText) are added, so that the major version has to rise"))
        case .decided(.versionTooLow(let stored)):
            .conflict(.plainText(Responses.VersionNotHigher.sentence(stored: stored, of: name, given: version)))
        }
    }
}
