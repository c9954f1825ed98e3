import ContractJSON
import HeksherAPI
import HeksherClient
import HeksherDomain
import HeksherServer
import Telemetry

/// Compares declarations with what a service has stored, before one of them is made.
struct DeclarationCheck {
    /// By name.
    private var settings: [String: Setting] = [:]
    /// The names of the settings, by alias.
    private var names: [String: String] = [:]
    private let order: ContextFeatureOrder
    /// The rules of the settings that need them, by the setting's name.
    private var rules: [String: [Rule]] = [:]

    /// Checks declarations in their order, each as if those before it had been made.
    ///
    /// - Throws: ``Refusal`` that names each declaration that the service would refuse.
    static func run(_ declarations: [Schemas.SettingDeclaration], _ service: RemoteService) async throws {
        var check = try await DeclarationCheck(service)
        var refusals: [(number: Int, name: String, refusal: Refusal)] = []
        for (index, declaration) in declarations.enumerated() {
            do {
                try await check.make(declaration, service)
            } catch let refusal as Refusal where refusal.concernsOneRequest {
                refusals.append((index + 1, declaration.name, refusal))
            }
        }
        guard let first = refusals.first else { return }
        let details = refusals.flatMap { number, name, refusal in
            ["declaration \(number), \(name): \(refusal.sentence)"] + refusal.details.map { "  \($0)" }
        }
        throw Refusal(
            first.refusal.status,
            "nothing is declared, because the service would refuse \(refusals.count) of \(declarations.count.counted("declaration")):",
            details: details)
    }

    private init(_ service: RemoteService) async throws {
        order = ContextFeatureOrder(try await service.read { try await $0.listContextFeatures().ok.contextFeatures })
        let list = try await service.read { try await $0.listSettings(.init(includeAdditionalData: true)).ok.settings }
        for summary in list { if let setting = Setting(summary) { store(setting) } }
    }

    private mutating func store(_ setting: Setting) {
        settings[setting.name] = setting
        for alias in setting.aliases { names[alias] = setting.name }
    }

    private func setting(_ name: String) -> Setting? { settings[name] ?? names[name].flatMap { settings[$0] } }

    /// Changes the settings of the check as the declaration would change the stored ones.
    private mutating func make(_ written: Schemas.SettingDeclaration, _ service: RemoteService) async throws {
        let declaration = try Declaration(checking: written)
        let (named, aliased) = (setting(declaration.name), declaration.alias.flatMap { setting($0) })
        if let stored = named ?? aliased, declaration.needsRules(of: stored), rules[stored.name] == nil {
            rules[stored.name] = try await rules(of: stored.name, service)
        }
        let known = (named ?? aliased).flatMap { rules[$0.name] } ?? []
        switch declaration.outcome(named: named, aliased: aliased, order: order, rules: known) {
        case .created(let setting): store(setting)
        case .upToDate, .outdated: break
        case .upgraded(let setting, let former, _, _):
            settings[former] = nil
            store(setting)
            rules[setting.name] = known
        case .mismatch(let differences):
            throw Refusal(mismatch: differences.map(Schemas.Difference.init), written)
        case .rejected(let previous, let differences):
            throw Refusal(
                rejected: differences.map(Schemas.Difference.init), previous: previous.description, written)
        case .unknownAlias(let alias): throw Refusal(.notFound, "the alias \(alias) does not exist")
        case .unrelatedAlias(let alias): throw Refusal(.conflict, "the alias \(alias) belongs to another setting")
        case .versionMustBeInitial: throw Refusal(.refused, "a new setting must be declared at version 1.0")
        case .unknownFeatures(let features, _):
            throw Refusal(
                .notFound,
                "the context feature\(features.count == 1 ? "" : "s") \(features.listed) \(features.count == 1 ? "does" : "do") not exist"
            )
        }
    }

    private func rules(of name: String, _ service: RemoteService) async throws -> [Rule] {
        // A setting that an earlier declaration has renamed is stored under its former name.
        let former = setting(name)?.aliases ?? []
        for name in [name] + former {
            let found = try? await service.read { try await $0.queryRules(.init(settings: [name])).ok.body }
            guard let rules = found?.settings.values.first?.rules else { continue }
            return rules.map { rule in
                let conditions = rule.contextFeatures.compactMap { pair in
                    pair.count == 2 ? Condition(feature: pair[0], value: pair[1]) : nil
                }
                return Rule(id: rule.ruleId, setting: name, value: rule.value, conditions: conditions)
            }
        }
        return []
    }
}

extension Declaration {
    /// - Throws: ``Refusal`` for a declaration that contradicts itself.
    fileprivate init(checking written: Schemas.SettingDeclaration) throws {
        let type: SettingType
        do {
            type = try SettingType(parsing: written.type)
        } catch {
            throw Refusal(.refused, "type: \(error)")
        }
        guard type.admits(written.defaultValue) else {
            throw Refusal(.refused, "the default value does not fit the type \(type)")
        }
        guard written.alias != written.name else { throw Refusal(.refused, "the alias is the name itself") }
        self.init(
            name: written.name, configurableFeatures: written.configurableFeatures, type: type,
            defaultValue: written.defaultValue,
            metadata: Metadata(written.metadata.map { (key: $0.key, value: $0.value) }),
            alias: written.alias, version: Version(validated: written.version))
    }
}

extension Setting {
    /// - Returns: `nil` if this program does not know the setting's type.
    fileprivate init?(_ summary: Schemas.SettingSummary) {
        guard let type = SettingType(stored: summary.type) else { return nil }
        self.init(
            name: summary.name, type: type, defaultValue: summary.defaultValue,
            configurableFeatures: summary.configurableFeatures ?? [],
            metadata: Metadata((summary.metadata ?? [:]).map { (key: $0.key, value: $0.value) }),
            aliases: summary.aliases ?? [], version: Version(validated: summary.version))
    }
}
