import HeksherAPI
import HeksherDomain
import HeksherStore

/// What a query asks for.
struct Question: Sendable {
    /// The settings, by names or aliases; `nil` for all.
    var names: [String]?
    var filters: ContextFilters
    var withMetadata: Bool

    /// - Throws: ``ContextFiltersError``.
    init(_ query: QueryRules.Input.Query) throws(ContextFiltersError) {
        names = query.settings
        filters = try ContextFilters(parsing: query.contextFilters)
        withMetadata = query.includeMetadata
    }

    /// What a question leads to.
    enum Selection {
        /// Each setting once, in the order of the answer.
        case found([QueryableSetting])
        case unknown([String])
        /// Only the tables can tell.
        case onlyInTables
    }

    func selection(in snapshot: Snapshot<QueryableSetting?>) -> Selection {
        var found: [QueryableSetting] = []
        guard let names else {
            for setting in snapshot.allEntries {
                guard let setting else { return .onlyInTables }
                found.append(setting)
            }
            return .found(found)
        }
        var unknown: [String] = []
        found.reserveCapacity(names.count)
        var seen = Set<ObjectIdentifier>(minimumCapacity: names.count)
        for name in names {
            switch snapshot.entry(name) {
            case nil: unknown.append(name)
            case .some(nil): return .onlyInTables
            case .some(let setting?): if seen.insert(ObjectIdentifier(setting)).inserted { found.append(setting) }
            }
        }
        return unknown.isEmpty ? .found(found) : .unknown(unknown)
    }

    /// The body of the answer, byte by byte what ``QueryHandler`` gives.
    func body(of settings: [QueryableSetting], _ features: ContextFeatureOrder) -> [UInt8] {
        let contexts = AdmittedContexts(filters, features)
        var body: [UInt8] = []
        body.reserveCapacity(contexts.areAll ? settings.reduce(32) { $0 + $1.maximumSize } : 1 << 14)
        body += #"{"settings":{"#.utf8
        for (index, setting) in settings.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            setting.write(to: &body, contexts, withMetadata: withMetadata)
        }
        body += "}}".utf8
        return body
    }
}
