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
    }

    init(_ names: [String]) {
        self.names = names
    }

    /// About how many bytes of memory they take.
    var size: Int { names.reduce(256) { $0 + 32 + $1.utf8.count } }

    func selection(in snapshot: Snapshot<QueryableSetting>) -> Selection {
        if let last = last.withLock(\.self), last.snapshot == snapshot.id { return last.selection }
        let selection = find(in: snapshot)
        last.withLock { $0 = (snapshot.id, selection) }
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
