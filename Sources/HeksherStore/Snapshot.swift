import HashTreeCollections
public import HeksherDomain
import Synchronization

/// All settings with their rules as they were at one revision, each as an entry that is made once of a setting and its rules.
///
/// A newer snapshot shares with the former what has not changed. A setting that holds something that cannot be read, by somebody's SQL,
/// or cannot be kept, has no entry: it is there as `nil`. So are settings whose names are one string and other bytes (as `é` is, in one
/// piece or in two), which to PostgreSQL are others.
public struct Snapshot<Entry: CatalogEntry>: Sendable {
    /// An entry without its type, so that the compiler makes the dictionary's code for what is in it, which is far faster.
    private typealias Kept = (any AnyObject & Sendable)?

    /// Tells snapshots apart.
    public private(set) var id = nextID()
    /// What the tables are at a moment; equal revisions stand for equal contents.
    private(set) var revision: Revision
    public private(set) var features: ContextFeatureOrder
    /// All names in the order of a full dump.
    public private(set) var names: [String]
    private var entries: TreeDictionary<String, Kept>
    /// The names that aliases stand for.
    private var namesOfAliases: TreeDictionary<String, String> = [:]
    private var aliasesOfNames: TreeDictionary<String, [String]> = [:]
    /// The entries that others have taken the place of since a former snapshot, if nothing else is another one.
    public private(set) var replaced: Replaced?

    public struct Replaced: Sendable {
        /// The former snapshot's id.
        public let since: Int
        public fileprivate(set) var entries: [(former: Entry, now: Entry)] = []
    }

    init(_ revision: Revision, _ features: ContextFeatureOrder, _ settings: [(key: SnapshotKey, entry: Entry?)]) {
        self.revision = revision
        self.features = features
        entries = TreeDictionary(
            settings.lazy.map { ($0.key.name, $0.entry as Kept) }, uniquingKeysWith: { _, _ in nil })
        names = settings.map(\.key.name).sorted(by: Self.precedes)
        for (key, _) in settings { setAliases(of: key) }
    }

    /// A former snapshot, to be brought to another revision.
    init(_ revision: Revision, _ features: ContextFeatureOrder, from former: Snapshot) {
        self = former
        replaced = Replaced(since: former.id)
        id = nextID()
        self.revision = revision
        self.features = features
    }

    /// The entry of a setting, by an alias or its name: in this order, as the statements have it, should SQL have made an alias of
    /// another setting's name.
    ///
    /// - Returns: `nil` if there is no such setting.
    public func entry(_ name: String) -> Entry?? {
        entries[namesOfAliases[name] ?? name].map(Self.entry)
    }

    /// Nothing is kept but what was an entry.
    private static func entry(_ kept: Kept) -> Entry? {
        kept.map { unsafeDowncast($0, to: Entry.self) }
    }

    /// The entries of all settings, in the order of a full dump.
    public var allEntries: some Sequence<Entry?> { names.lazy.compactMap { [entries] in entries[$0].map(Self.entry) } }

    mutating func set(_ key: SnapshotKey, _ entry: Entry?) {
        replaced = nil
        removeAliases(of: key.name)
        let place = place(of: key.name)
        let isNew = !isName(key.name, at: place)
        if isNew { names.insert(key.name, at: place) }
        if let former = entries.updateValue(entry, forKey: key.name), isNew || former == nil && hasTwin(key.name) {
            entries.updateValue(nil, forKey: key.name)
        }
        setAliases(of: key)
    }

    /// Whether there is a setting of that name.
    func contains(_ name: String) -> Bool { entries[name] != nil }

    /// Puts another entry in a setting's place, which keeps its aliases.
    ///
    /// - Returns: whether there is one, and another.
    mutating func change(_ name: String, _ change: (Entry) -> Entry?) -> Bool {
        guard let kept = entries[name], let entry = Self.entry(kept), let next = change(entry) else { return false }
        entries.updateValue(next, forKey: name)
        replaced?.entries.append((entry, next))
        return true
    }

    mutating func remove(_ name: String) {
        replaced = nil
        removeAliases(of: name)
        let place = place(of: name)
        if isName(name, at: place) { names.remove(at: place) }
        if let kept = entries[name], kept != nil || !names.contains(name) { entries[name] = .none }
    }

    private func isName(_ name: String, at place: Int) -> Bool {
        place < names.endIndex && names[place].utf8.elementsEqual(name.utf8)
    }

    /// Whether another name is the same string, but for how its characters are composed.
    private func hasTwin(_ name: String) -> Bool {
        names.contains { $0 == name && !$0.utf8.elementsEqual(name.utf8) }
    }

    private mutating func setAliases(of key: SnapshotKey) {
        guard !key.aliases.isEmpty else { return }
        aliasesOfNames[key.name] = key.aliases
        for alias in key.aliases { namesOfAliases[alias] = key.name }
    }

    private mutating func removeAliases(of name: String) {
        // Another setting may have taken an alias over meanwhile.
        for alias in aliasesOfNames.removeValue(forKey: name) ?? [] where namesOfAliases[alias] == name {
            namesOfAliases[alias] = nil
        }
    }

    /// Where a name is, or would be, by bisection.
    private func place(of name: String) -> Int {
        var range = names.startIndex..<names.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if Self.precedes(names[middle], name) {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound
    }

    /// By UTF-8, as `COLLATE "C"` has it.
    private static func precedes(_ first: String, _ second: String) -> Bool {
        first.utf8.lexicographicallyPrecedes(second.utf8)
    }
}

private let lastID = Atomic(0)

private func nextID() -> Int { lastID.add(1, ordering: .relaxed).newValue }

/// What a setting is found by.
struct SnapshotKey: Sendable {
    var name: String
    var aliases: [String]
}
