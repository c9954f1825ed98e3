import HeksherCatalog
import HeksherStore
import Synchronization

/// A response to a query, with the versions of its settings, which determine how long it is valid.
final class CachedResponse: Sized {
    let query: Query
    let body: CompressibleBody
    /// The number of the list of all names (``Snapshot/namesID``) if the query is for all settings.
    private let namesID: Int
    /// The versions of the settings, by ``QueryableSetting/version``. The response does not keep old settings in memory.
    private let versions: [Int]
    /// The settings' names if the query names settings.
    private let names: [String]
    /// The positions in the body at which the settings end.
    let ends: [Int]
    /// The newest snapshot for which the response is known to be valid.
    private let snapshotID: Atomic<Int>

    /// - Parameters:
    ///   - caching: the policy for the response's `Cache-Control` and `Vary`.
    ///   - former: a previous response to the same query, from which unchanged settings are copied.
    init(
        to query: Query, _ settings: [QueryableSetting], in snapshot: Snapshot<QueryableSetting>,
        caching: CachePolicy = CachePolicy(), from former: CachedResponse? = nil
    ) {
        let written = QueryBody(query, settings, snapshot.features, from: former)
        body = CompressibleBody(written.bytes, caching, hasEntityTag: query.content.hasEntityTag)
        ends = written.ends
        self.query = query
        versions = settings.map(\.version)
        names = query.settings == nil ? [] : settings.map(\.name)
        namesID = snapshot.namesID
        snapshotID = Atomic(snapshot.id)
    }

    /// The approximate bytes of memory that it takes, with everything that it keeps alive.
    var size: Int {
        body.size + versions.count * 16 + names.reduce(0) { $0 + 32 + $1.utf8.count }
            + (query.settings?.size ?? 0) + query.content.size + 1024
    }

    /// The range of positions, from the first one on, with the same settings here; `nil` if the first one differs or is missing.
    func places(of settings: [QueryableSetting], from first: Int) -> Range<Int>? {
        var end = first
        while end < min(settings.count, versions.count), versions[end] == settings[end].version { end += 1 }
        return end > first ? first..<end : nil
    }

    /// Whether the holder of a token may get the response unchanged.
    func isFor(_ token: AccessToken) -> Bool {
        if token.prefixes == nil { return true }
        guard let names = query.settings?.names else { return false }
        return names.allSatisfy(token.admits) && self.names.allSatisfy(token.admits)
    }

    /// The number of settings in the response.
    var settingCount: Int { versions.count }

    /// Whether the response is already known to be valid in this snapshot.
    func isKnown(in snapshot: Snapshot<QueryableSetting>) -> Bool { snapshotID.load(ordering: .relaxed) == snapshot.id }

    /// Whether a response made from this snapshot would be equal, that is, whether the settings are the same, and the context is still
    /// accepted. New context features do not matter, because none of these settings' rules has a condition on them.
    func holds(in snapshot: Snapshot<QueryableSetting>) -> Bool {
        if isKnown(in: snapshot) { return true }
        guard query.settings != nil || snapshot.namesID == namesID,
            case .found(let now) = query.selection(in: snapshot),
            now.elementsEqual(versions, by: { $0.version == $1 }),
            query.refusedValue(snapshot.allowedValues) == nil
        else { return false }
        snapshotID.store(snapshot.id, ordering: .relaxed)
        return true
    }
}
