import HashTreeCollections
public import HeksherDomain
public import HeksherStore
import Synchronization

/// All settings with their rules at one revision. There is an entry for each setting, created once from the setting and its rules.
///
/// A newer snapshot shares the unchanged entries with the previous one. Some settings have no entry: those that cannot be read, those that
/// cannot be kept, and those whose names are equal as Swift strings but have different bytes (such as `é` as one code point or as two),
/// which PostgreSQL distinguishes.
public struct Snapshot<Entry: CatalogEntry>: Sendable {
    /// An entry without its type, so that the compiler specializes the dictionary's code for it, which is far faster.
    private typealias Kept = (any AnyObject & Sendable)?

    /// The result of looking a name or an alias up.
    public enum Found {
        /// The entry of the setting with this name or alias.
        case entry(Entry)
        /// No setting has the name or alias.
        case unknown
        /// The setting is unreadable.
        case unreadable(UnreadableSetting)
        /// Only the tables have the answer.
        case onlyInTables
    }

    /// Distinguishes snapshots.
    public private(set) var id = nextID()
    /// Distinguishes lists of names: snapshots with the same number have the same ``names``.
    public private(set) var namesID = nextID()
    /// The state of the tables; equal revisions mean equal contents.
    private(set) var revision: Revision
    /// All context features, the most general first.
    public private(set) var features: ContextFeatureOrder
    /// The values that the features may have.
    public private(set) var allowedValues: AllowedValues
    /// All names in the order of a query of all settings.
    public private(set) var names: [String]
    /// Whether a name has characters outside ASCII, which only SQL can store. Then other names may be equal as strings.
    private var mayHaveTwins: Bool
    private var entries: TreeDictionary<String, Kept>
    private var unreadable: TreeDictionary<String, UnreadableSetting> = [:]
    /// The names that the aliases lead to.
    private var namesOfAliases: TreeDictionary<String, String> = [:]
    private var aliasesOfNames: TreeDictionary<String, [String]> = [:]
    /// Objects that live as long as the snapshot.
    public private(set) var companions = SnapshotCompanions()

    init(
        _ revision: Revision, _ features: ContextFeatureOrder, _ settings: [SnapshotSetting<Entry>],
        allowedValues: AllowedValues = AllowedValues()
    ) {
        self.revision = revision
        self.features = features
        self.allowedValues = allowedValues
        entries = TreeDictionary(
            settings.lazy.map { ($0.key.name, $0.entry as Kept) }, uniquingKeysWith: { _, _ in nil })
        names = settings.map(\.key.name).sorted(by: Self.precedes)
        mayHaveTwins = settings.contains { !$0.key.name.utf8.allSatisfy { $0 < 0x80 } }
        for setting in settings {
            unreadable[setting.key.name] = setting.unreadable
            setAliases(of: setting.key)
        }
        if mayHaveTwins { for name in unreadable.keys where isTwin(name) { unreadable[name] = nil } }
    }

    /// A copy of a previous snapshot, to be brought to another revision.
    ///
    /// - Parameter allowedValues: `nil` if they have not changed.
    init(
        _ revision: Revision, _ features: ContextFeatureOrder, _ allowedValues: AllowedValues? = nil,
        from former: Snapshot
    ) {
        self = former
        if let allowedValues { self.allowedValues = allowedValues }
        id = nextID()
        companions = SnapshotCompanions()
        self.revision = revision
        self.features = features
    }

    /// Finds a setting by an alias or its name. Aliases come first, as in the statements, in case SQL has made a setting's name another
    /// setting's alias.
    public func find(_ name: String) -> Found {
        let name = namesOfAliases[name] ?? name
        guard let kept = entries[name] else { return .unknown }
        if let kept { return .entry(unsafeDowncast(kept, to: Entry.self)) }
        return unreadable[name].map { .unreadable($0) } ?? .onlyInTables
    }

    /// The current name of the setting with a name or an alias; `nil` if no setting has it.
    public func currentName(of name: String) -> String? {
        let name = namesOfAliases[name] ?? name
        return contains(name) ? name : nil
    }

    /// The entries of all readable settings, in the order of a query of all settings; `nil` if one of them is only in the tables.
    public var allEntries: [Entry]? {
        var all: [Entry] = []
        all.reserveCapacity(names.count)
        for name in names {
            guard let kept = entries[name] else { continue }
            if let kept {
                all.append(unsafeDowncast(kept, to: Entry.self))
            } else if unreadable[name] == nil {
                return nil
            }
        }
        return all
    }

    /// Whether a setting has that name.
    func contains(_ name: String) -> Bool { entries[name] != nil }

    /// Replaces a setting's entry. The setting keeps its aliases.
    ///
    /// - Returns: whether the setting exists and has a new entry.
    mutating func change(_ name: String, _ change: (Entry) -> Entry?) -> Bool {
        guard case .some(let kept?) = entries[name], let next = change(unsafeDowncast(kept, to: Entry.self)) else {
            return false
        }
        entries.updateValue(next, forKey: name)
        return true
    }

    /// Adds and replaces settings, and removes others. The list of names is built once for all of them.
    mutating func apply(_ settings: [SnapshotSetting<Entry>], removing gone: Set<String>) {
        var added: [String] = []
        for setting in settings where !isName(setting.key.name, at: place(of: setting.key.name)) {
            added.append(setting.key.name)
        }
        var removed: [Int: String] = [:]
        for name in gone {
            let place = place(of: name)
            if isName(name, at: place) { removed[place] = name }
        }
        if !added.isEmpty || !removed.isEmpty {
            let rest = removed.isEmpty ? names : names.indices.lazy.filter { removed[$0] == nil }.map { names[$0] }
            names = Self.merge(rest, added)
            namesID = nextID()
            mayHaveTwins = mayHaveTwins || added.contains { !$0.utf8.allSatisfy { $0 < 0x80 } }
        }
        for name in removed.values where !(mayHaveTwins && isEmpty(name) && names.contains(name)) {
            removeAliases(of: name)
            unreadable[name] = nil
            entries[name] = .none
        }
        let new = Set(added)
        for setting in settings {
            let name = setting.key.name
            removeAliases(of: name)
            setAliases(of: setting.key)
            let isTwin =
                mayHaveTwins && contains(name) && (new.contains(name) || isEmpty(name)) && isTwin(name)
            unreadable[name] = isTwin ? nil : setting.unreadable
            entries.updateValue(isTwin ? nil : setting.entry, forKey: name)
        }
    }

    /// Whether a setting has that name and no entry.
    private func isEmpty(_ name: String) -> Bool {
        if case .some(.none) = entries[name] { true } else { false }
    }

    private static func merge(_ names: [String], _ added: [String]) -> [String] {
        guard !added.isEmpty else { return names }
        var merged: [String] = []
        merged.reserveCapacity(names.count + added.count)
        var rest = names[...]
        for name in added.sorted(by: precedes) {
            let end = place(of: name, in: rest)
            merged += rest[..<end]
            merged.append(name)
            rest = rest[end...]
        }
        return merged + rest
    }

    private func isName(_ name: String, at place: Int) -> Bool {
        place < names.endIndex && names[place].utf8.elementsEqual(name.utf8)
    }

    /// Whether another name is the same string with its characters composed differently.
    private func isTwin(_ name: String) -> Bool {
        names.contains { $0 == name && !$0.utf8.elementsEqual(name.utf8) }
    }

    private mutating func setAliases(of key: SettingKey) {
        guard !key.aliases.isEmpty else { return }
        aliasesOfNames[key.name] = key.aliases
        for alias in key.aliases { namesOfAliases[alias] = key.name }
    }

    private mutating func removeAliases(of name: String) {
        // Another setting may have taken the alias over meanwhile.
        for alias in aliasesOfNames.removeValue(forKey: name) ?? [] where namesOfAliases[alias] == name {
            namesOfAliases[alias] = nil
        }
    }

    private func place(of name: String) -> Int { Self.place(of: name, in: names[...]) }

    /// The position of a name in the list, or the position to insert it, by binary search.
    private static func place(of name: String, in names: ArraySlice<String>) -> Int {
        var range = names.startIndex..<names.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if precedes(names[middle], name) {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound
    }

    /// Compares by UTF-8 bytes, like `COLLATE "C"`.
    private static func precedes(_ first: String, _ second: String) -> Bool {
        first.utf8.lexicographicallyPrecedes(second.utf8)
    }
}

private let lastID = Atomic(0)

private func nextID() -> Int { lastID.add(1, ordering: .relaxed).newValue }

/// A setting of a snapshot.
struct SnapshotSetting<Entry: CatalogEntry>: Sendable {
    var key: SettingKey
    /// `nil` if the setting cannot be read, or cannot be kept.
    var entry: Entry?
    /// The reason why it cannot be read.
    var unreadable: UnreadableSetting?
    /// The reason why its type or its version cannot be read, which queries do not need.
    var unreadableFacts: UnreadableSetting?
}
