import HeksherStore
import Synchronization

/// The settings that a question names, and where they were last found: many questions name the same ones, each with other filters.
final class NamedSettings: Sized {
    /// Names or aliases, in the order asked.
    let names: [String]
    private let last = Mutex<(snapshot: Int, selection: Selection)?>(nil)

    /// What names lead to.
    enum Selection {
        /// Each setting once, in the order asked.
        case found([QueryableSetting])
        case unknown([String])
        /// Only the tables can tell.
        case onlyInTables

        /// The same, where some settings have taken the place of others.
        func replacing(_ replaced: [(former: QueryableSetting, now: QueryableSetting)]) -> Selection {
            guard case .found(var settings) = self else { return self }
            for (former, now) in replaced {
                if let index = settings.firstIndex(where: { $0 === former }) { settings[index] = now }
            }
            return .found(settings)
        }
    }

    init(_ names: [String]) {
        self.names = names
    }

    /// About how many bytes of memory they take.
    var size: Int { names.reduce(256) { $0 + 32 + $1.utf8.count } }

    /// Forgets where they were found before a snapshot, and with that, settings that are others by now.
    func forget(before snapshot: Snapshot<QueryableSetting>) {
        last.withLock { last in if let snapshotID = last?.snapshot, snapshotID < snapshot.id { last = nil } }
    }

    func selection(in snapshot: Snapshot<QueryableSetting>) -> Selection {
        let last = last.withLock(\.self)
        if let last, last.snapshot == snapshot.id { return last.selection }
        let selection =
            if let last, let replaced = snapshot.replaced, replaced.since == last.snapshot {
                last.selection.replacing(replaced.entries)
            } else {
                find(in: snapshot)
            }
        self.last.withLock { $0 = (snapshot.id, selection) }
        return selection
    }

    private func find(in snapshot: Snapshot<QueryableSetting>) -> Selection {
        var found: [QueryableSetting] = []
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
}
