import ContractRuntime
import HTTPRepresentation
import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "Query", answered from the tables.
struct QueryHandler: QueryAPI {
    let store: Store

    func queryRules(_ input: QueryRules.Input) async throws -> QueryRules.Output {
        let filters: ContextFilters
        do {
            filters = try ContextFilters(parsing: input.query.contextFilters)
        } catch .malformed(let error) {
            return .unprocessableContent(.json(Schemas.ValidationError(error, in: .contextFilters)))
        } catch {
            return .badRequest(.plainText("\(error)"))
        }
        let names = input.query.settings
        switch try await store.visibleSettings(names) {
        case .unknownSettings(let unknown): return .unknownSettings(unknown)
        case .unreadableSetting(let setting): throw setting
        case .found(let settings, _, _):
            var result = Schemas.QueryResult(settings: [:])
            for setting in settings {
                result.settings[setting.name] = Schemas.QueriedSetting(
                    defaultValue: setting.defaultValue,
                    rules: setting.rules.filter { filters.admits($0.conditions) }.map {
                        Schemas.QueriedRule($0, withMetadata: input.query.includeMetadata)
                    })
            }
            let tag = EntityTag(ofBody: result.jsonBytes())
            if let condition = input.headers.ifNoneMatch, tag.matches(ifNoneMatch: condition) {
                return .notModified(headers: .init(eTag: tag.text))
            }
            return .ok(.json(result), headers: .init(eTag: tag.text))
        }
    }
}

extension QueryRules.Output {
    static func unknownSettings(_ names: [String]) -> Self {
        .notFound(.plainText("the settings \(names.listText) do not exist"))
    }
}

extension Store {
    /// The settings that the caller may see, with their rules. The response must not distinguish names outside a token's limits from unknown
    /// ones, so all names are checked before any is refused.
    ///
    /// - Parameter names: names or aliases; `nil` for all settings.
    func visibleSettings(_ names: [String]?) async throws -> Selection {
        let hidden = Set(names?.filter { !SettingAccess.admits($0) } ?? [])
        switch try await query(names?.filter { !hidden.contains($0) }) {
        case .unknownSettings(let unknown):
            let unknown = hidden.union(unknown)
            return .unknownSettings(names?.filter(unknown.contains) ?? [])
        case .found where !hidden.isEmpty, .unreadableSetting where !hidden.isEmpty:
            return .unknownSettings(names?.filter(hidden.contains) ?? [])
        case .unreadableSetting(let setting): return .unreadableSetting(setting)
        case .found(let settings, let features, let allowed):
            return .found(settings.filter { SettingAccess.admits($0.name) }, features, allowed)
        }
    }
}
