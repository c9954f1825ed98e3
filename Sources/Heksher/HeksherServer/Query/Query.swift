import HeksherAPI
import HeksherCatalog
import HeksherDomain
import HeksherStore

/// The content of a request that is answered from memory.
struct Query: Sendable {
    /// The part of the settings that the response contains.
    enum Content: Sendable {
        /// Defaults and rules: ``QueryRules``.
        case rules(ContextFilters, withMetadata: Bool)
        /// Values in a context: ``EvaluateSettings``.
        case values(Context)
        /// The value of one setting, as a flag with the requested key: ``EvaluateFlag``.
        case flag(key: String, Context)
        /// The values of all settings, as flags, and the address of their changes: ``EvaluateFlags``.
        case flags(Context, EventStreamLink)

        /// The texts around the settings.
        var frame: (opening: String, closing: String) {
            switch self {
            case .rules, .values: (#"{"settings":{"#, "}}")
            case .flag: ("", "")
            case .flags(_, let link): (#"{"flags":["#, #"],"eventStreams":[\#(link.json)]}"#)
            }
        }

        /// Whether the response has an entity tag.
        var hasEntityTag: Bool { if case .flag = self { false } else { true } }

        /// The approximate bytes of memory that it takes.
        var size: Int {
            switch self {
            case .rules(let filters, _): filters.size
            case .values(let context): context.size
            case .flags(let context, let link): context.size + 2 * link.uri.utf8.count
            case .flag(let key, let context): context.size + key.utf8.count
            }
        }
    }

    /// `nil` for all settings.
    var settings: NamedSettings?
    var content: Content

    init(_ content: Content, about settings: NamedSettings?) {
        self.settings = settings
        self.content = content
    }

    /// - Throws: ``ContextFiltersError``.
    init(_ query: QueryRules.Input.Query, about settings: NamedSettings? = nil) throws(ContextFiltersError) {
        self.init(
            .rules(try ContextFilters(parsing: query.contextFilters), withMetadata: query.includeMetadata),
            about: settings ?? query.settings.map(NamedSettings.init))
    }

    /// - Throws: `ContextError`.
    init(_ query: EvaluateSettings.Input.Query, about settings: NamedSettings? = nil) throws(ContextError) {
        self.init(
            .values(try Context(parsing: query.context)), about: settings ?? query.settings.map(NamedSettings.init))
    }

    /// The first value of the context that its feature may not have; `nil` if its features may have all of them.
    func refusedValue(_ allowed: AllowedValues) -> RefusedFeatureValue? {
        switch content {
        case .rules: nil
        case .values(let context), .flag(_, let context), .flags(let context, _): allowed.refused(in: context).first
        }
    }

    /// The settings that the response is made from.
    func selection(in snapshot: Snapshot<QueryableSetting>) -> NamedSettings.Selection {
        let selection = settings?.selection(in: snapshot) ?? snapshot.allEntries.map { .found($0) } ?? .onlyInTables
        guard case .found(let found) = selection else { return selection }
        switch content {
        case .rules, .values: return selection
        case .flag:
            if case .failure(let setting)? = found.first?.flagFacts { return .unreadable(setting) }
            return selection
        case .flags:
            // Lists omit settings that cannot be read.
            let isComplete = found.allSatisfy(\.isFlag)
            return isComplete ? selection : .found(found.filter(\.isFlag))
        }
    }
}

extension QueryableSetting {
    /// Whether OpenFeature clients can read the setting.
    fileprivate var isFlag: Bool { if case .success = flagFacts { true } else { false } }
}
