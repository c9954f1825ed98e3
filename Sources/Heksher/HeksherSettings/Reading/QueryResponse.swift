import ContractRuntime
import HeksherAPI

/// A response to a query, with its entity tag.
struct QueryResponse {
    var names: [String]
    var settings: OrderedDictionary<String, Schemas.QueriedSetting>
    var entityTag: String

    /// The response for one setting. A renamed setting is found by its position, because responses contain the current names in the
    /// order of the request.
    func rules(of name: String) -> Schemas.QueriedSetting? {
        if let found = settings[name] { return found }
        guard settings.count == names.count, let place = names.firstIndex(of: name) else { return nil }
        return settings.values[place]
    }
}
