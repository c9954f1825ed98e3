import HeksherAPI
import HeksherDomain
import HeksherStore
import OpenAPIRuntime

/// The operations of the tag "Query", answered from the tables.
struct QueryHandler: QueryAPI {
    let store: Store

    func queryRules(_ input: QueryRules.Input) async throws -> QueryRules.Output {
        let filters: ContextFilters
        do {
            filters = try ContextFilters(parsing: input.query.contextFilters)
        } catch {
            return .badRequest(.plainText("\(error)"))
        }
        let token = AccessControl.principal
        if let token, let names = input.query.settings, !names.allSatisfy(token.admits) {
            return .forbidden(.plainText(token.limits))
        }
        switch try await store.query(input.query.settings) {
        case .unknownSettings(let names):
            return .unknownSettings(names)
        case .found(let settings):
            var result = Schemas.QueryResult(settings: [:])
            for setting in settings {
                if let token, !token.admits(setting.name) {
                    if input.query.settings == nil { continue }
                    return .forbidden(.plainText(token.limits))
                }
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
