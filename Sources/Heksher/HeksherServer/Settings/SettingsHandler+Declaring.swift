import ContractJSON
import HeksherAPI
import HeksherDomain
import HeksherStore

extension SettingsHandler {
    func declareSetting(_ input: DeclareSetting.Input) async throws -> DeclareSetting.Output {
        let body = input.body
        let problems = SettingProblems(
            name: body.name, type: body.type, defaultValue: body.defaultValue, alias: body.alias)
        guard let type = problems.type, problems.list.isEmpty else {
            return .unprocessableContent(.json(Schemas.ValidationError(problems)))
        }
        let declaration = Declaration(
            name: body.name, configurableFeatures: body.configurableFeatures, type: type,
            defaultValue: body.defaultValue, metadata: Metadata(body.metadata), alias: body.alias,
            version: Version(validated: body.version))
        let precondition = Precondition(ifMatch: input.headers.ifMatch)
        guard let catalog, precondition == nil else {
            return DeclareSetting.Output(try await store.declare(declaration, if: precondition))
        }
        return DeclareSetting.Output(try await outcome(of: declaration, catalog))
    }

    /// Declares, without reading the tables if the same declaration has changed nothing before and nothing has been committed since.
    private func outcome(of declaration: Declaration, _ catalog: SettingsCatalog) async throws -> Declaration.Outcome {
        let digest = declaration.digest
        var snapshotID = catalog.latestID
        if let known = upToDate.snapshotID(of: digest), let snapshot = try await catalog.current() {
            snapshotID = snapshot.id
            // The declared name may be an alias of a setting outside the token's limits.
            if known == snapshot.id, snapshot.currentName(of: declaration.name).map(SettingAccess.admits) == true {
                return .upToDate
            }
        }
        let outcome = try await store.declare(declaration)
        if outcome == .upToDate, let snapshotID { upToDate.remember(digest, at: snapshotID) }
        return outcome
    }
}

extension DeclareSetting.Output {
    init(_ outcome: Declaration.Outcome) {
        self =
            switch outcome {
            case .created: .ok(.json(.created(Schemas.DeclarationCreated())))
            case .upToDate: .ok(.json(.upToDate(Schemas.DeclarationUpToDate())))
            case .outdated(let latest, let differences):
                .ok(
                    .json(
                        .outdated(
                            Schemas.DeclarationOutdated(
                                latestVersion: latest.description,
                                differences: differences.map { Schemas.Difference($0) }
                            ))))
            case .upgraded(_, _, let previous, let differences):
                .ok(
                    .json(
                        .upgraded(
                            Schemas.DeclarationUpgraded(
                                previousVersion: previous.description,
                                differences: differences.map { Schemas.Difference($0) }))))
            case .mismatch(let differences):
                .conflict(
                    .json(
                        .mismatch(
                            Schemas.DeclarationMismatch(
                                differences: differences.map { Schemas.Difference(inRefusal: $0) }))))
            case .rejected(let previous, let differences):
                .conflict(
                    .json(
                        .rejected(
                            Schemas.DeclarationRejected(
                                previousVersion: previous.description,
                                differences: differences.map { Schemas.Difference(inRefusal: $0) }))))
            case .unknownAlias(let alias):
                .notFound(.json(Schemas.Detail(detail: "the alias \(alias.shortened()) does not exist")))
            case .unrelatedAlias(let alias):
                .conflict(
                    .json(.detail(Schemas.Detail(detail: "the alias \(alias.shortened()) belongs to another setting"))))
            case .versionMustBeInitial: .badRequest(.plainText("a new setting must be declared at version 1.0"))
            case .unknownFeatures(let features, settingExists: true):
                .notFound(.json(Schemas.Detail(detail: "the context features \(features.listText) do not exist")))
            case .unknownFeatures(let features, settingExists: false):
                .notFound(.plainText("the context features \(features.listText) do not exist"))
            }
    }
}
