import HeksherAPI
import HeksherDomain
import HeksherStore

/// What a query asks for.
struct Question: Sendable {
    /// `nil` for all.
    var settings: NamedSettings?
    var filters: ContextFilters
    var withMetadata: Bool

    /// - Throws: ``ContextFiltersError``.
    init(_ query: QueryRules.Input.Query) throws(ContextFiltersError) {
        try self.init(query, about: query.settings.map(NamedSettings.init))
    }

    /// A question about settings that have been named otherwise.
    init(_ query: QueryRules.Input.Query, about settings: NamedSettings?) throws(ContextFiltersError) {
        self.settings = settings
        filters = try ContextFilters(parsing: query.contextFilters)
        withMetadata = query.includeMetadata
    }

    func selection(in snapshot: Snapshot<QueryableSetting>) -> NamedSettings.Selection {
        if let settings { return settings.selection(in: snapshot) }
        var found: [QueryableSetting] = []
        for setting in snapshot.allEntries {
            guard let setting else { return .onlyInTables }
            found.append(setting)
        }
        return .found(found)
    }
}
