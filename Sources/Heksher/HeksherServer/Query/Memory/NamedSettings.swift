import HeksherCatalog
import HeksherStore
import Synchronization

/// The settings that a query names. Many queries name the same settings with different filters, so the settings are found once for all
/// queries that are answered from one snapshot.
final class NamedSettings: Sized {
    /// The result of looking up names.
    enum Selection {
        /// Each setting once, in the order of the request.
        case found([QueryableSetting])
        case unknown([String])
        case unreadable(UnreadableSetting)
        /// Only the tables have the answer.
        case onlyInTables
    }

    /// The settings that were found in a snapshot. Only the snapshot keeps them alive, so that they are freed with it.
    private final class Found: Sendable {
        let settings: [QueryableSetting]

        init(_ settings: [QueryableSetting]) {
            self.settings = settings
        }
    }

    private struct Last {
        var snapshot = 0
        weak var found: Found?
    }

    /// Names or aliases, in the order of the request.
    let names: [String]
    private let last = Mutex(Last())

    init(_ names: [String]) {
        self.names = names
    }

    /// The approximate bytes of memory that they take.
    var size: Int { names.reduce(256) { $0 + 32 + $1.utf8.count } }

    func selection(in snapshot: Snapshot<QueryableSetting>) -> Selection {
        let last = last.withLock { $0.snapshot == snapshot.id ? $0.found : nil }
        if let last { return .found(last.settings) }
        let selection = find(in: snapshot)
        if case .found(let settings) = selection {
            let found = Found(settings)
            snapshot.companions.keep(found, size: 64 + settings.count * 8)
            self.last.withLock { $0 = Last(snapshot: snapshot.id, found: found) }
        }
        return selection
    }

    private func find(in snapshot: Snapshot<QueryableSetting>) -> Selection {
        var found: [QueryableSetting] = []
        var unknown: [String] = []
        var unreadable: UnreadableSetting?
        var isOnlyInTables = false
        found.reserveCapacity(names.count)
        var seen = Set<ObjectIdentifier>(minimumCapacity: names.count)
        for name in names {
            switch snapshot.find(name) {
            case .unknown: unknown.append(name)
            case .unreadable(let setting): unreadable = unreadable ?? setting
            case .onlyInTables: isOnlyInTables = true
            case .entry(let setting): if seen.insert(ObjectIdentifier(setting)).inserted { found.append(setting) }
            }
        }
        if isOnlyInTables { return .onlyInTables }
        guard unknown.isEmpty else { return .unknown(unknown) }
        return unreadable.map { .unreadable($0) } ?? .found(found)
    }
}
