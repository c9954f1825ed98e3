import HeksherAPI
import HeksherDomain
import HeksherStore
import NIOCore

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

    /// What bodies begin with.
    static let bodyStart = #"{"settings":{"#

    /// The body of the answer, byte by byte what ``QueryHandler`` gives, and where each setting ends in it.
    ///
    /// - Parameter known: a setting by its place as it is to stand there, with the comma in front of it, if that is known.
    func body(
        of settings: [QueryableSetting], _ features: ContextFeatureOrder, _ known: (Int) -> ByteBufferView?
    ) -> (bytes: [UInt8], ends: [Int]) {
        let contexts = AdmittedContexts(filters, features)
        var body: [UInt8] = []
        var ends: [Int] = []
        body.reserveCapacity(contexts.areAll ? settings.reduce(32) { $0 + $1.maximumSize } : 1 << 14)
        ends.reserveCapacity(settings.count)
        body += Self.bodyStart.utf8
        for (index, setting) in settings.enumerated() {
            if let known = known(index) {
                body += known
            } else {
                if index > 0 { body.append(UInt8(ascii: ",")) }
                setting.write(to: &body, contexts, withMetadata: withMetadata)
            }
            ends.append(body.count)
        }
        body += "}}".utf8
        return (body, ends)
    }
}
