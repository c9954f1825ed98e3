public import HeksherDomain

/// A committed transaction that changed something.
public struct HistoryChange: Sendable {
    /// The origin of a change.
    public enum Origin: Sendable, Hashable {
        /// An operation of the service.
        case api
        /// A scheduled change of the service.
        case schedule
        /// SQL, which also includes the original service.
        case sql
    }

    /// A setting, a rule or the list of context features that a change has changed.
    public enum Item: Sendable {
        /// A setting with its metadata and aliases.
        case setting(name: String, before: State<Setting>, after: State<Setting>)
        /// A rule with its conditions and metadata.
        case rule(id: Int, setting: String, before: State<Rule>, after: State<Rule>)
        /// The context features, the most general first, with their lists of values.
        case contextFeatures(before: [Feature], after: [Feature])
    }

    /// A setting or a rule before or after a change.
    public enum State<Value: Sendable>: Sendable {
        /// It did not exist.
        case absent
        /// It existed.
        case present(Value)
        /// It existed, but contained something that cannot be read.
        case unreadable

        var isAbsent: Bool { if case .absent = self { true } else { false } }
    }

    /// A context feature.
    public struct Feature: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The only values; `nil` if it may have any.
        public var values: [String]?
    }

    /// Its place in the history: the later of two changes of a row has the higher ID.
    public var id: Int
    /// The time of the change, as the database's clock showed it, in UTC: `2026-11-28T10:00:00.123456Z`.
    public var time: String
    /// The name of the author; `nil` if it is unknown.
    public var author: String?
    /// The origin.
    public var origin: Origin
    /// The address of the client; `nil` if it is unknown.
    public var address: String?
    /// The reason; `nil` if the client gave none.
    public var reason: String?
    /// The first items: those of settings by name, then those of rules by ID, and the context features.
    public var items: [Item]
    /// The number of further items. There may be still more.
    public var furtherItemCount: Int
}

/// The changes to look for.
public struct ChangeFilter: Sendable, Hashable {
    /// The kinds of items.
    public enum Kind: String, Sendable, Hashable {
        /// Changes of settings.
        case setting
        /// Changes of rules.
        case rule
        /// Changes of the list of context features.
        case contextFeatures = "context_features"

        /// The kinds of rows.
        var rows: [String] {
            switch self {
            case .setting: ["s", "x", "n", "c", "m", "a"]
            case .rule: ["r", "e", "d", "t"]
            case .contextFeatures: ["f"]
            }
        }
    }

    /// A setting, by its name or an alias; also under its former names.
    public var setting: String?
    /// The ID of a rule.
    public var rule: Int?
    /// The name of the author.
    public var author: String?
    /// The kind of an item.
    public var kind: Kind?
    /// The earliest time, in microseconds since 1970-01-01T00:00:00Z.
    public var since: Int?
    /// The time before which changes count, in microseconds since 1970-01-01T00:00:00Z.
    public var until: Int?

    /// Admits all changes.
    public init() {}
}
