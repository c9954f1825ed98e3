import Postgres
import Synchronization

/// What a ``Catalog`` remembers, and brings up to date when a revision shows that it is not.
final class CatalogMemory<Entry: CatalogEntry>: Sendable {
    private struct State {
        var snapshot: Snapshot<Entry>?
        /// Whether everything is being read.
        var isLoading = false
        /// Whether the database cannot tell of changes, as far as is known.
        var isBlind = false
        /// When the database is asked again whether it can tell of changes.
        var nextCheck = ContinuousClock.now + checkInterval
    }

    /// How long somebody may have removed triggers, or silenced them for a while, before that is noticed.
    private static var checkInterval: Duration { .seconds(1) }

    private let state = Mutex(State())
    private let loader: SnapshotLoader<Entry>
    private let onEvent: @Sendable (CatalogEvent) -> Void

    init(_ loader: SnapshotLoader<Entry>, onEvent: @escaping @Sendable (CatalogEvent) -> Void) {
        self.loader = loader
        self.onEvent = onEvent
    }

    /// What is remembered, whether it is current or not.
    var unverified: Snapshot<Entry>? { state.withLock(\.snapshot) }

    /// The snapshot of a moment that is not before the one at which a revision was read. It is called by one thread at a time.
    ///
    /// - Parameters:
    ///   - rows: of ``RevisionStatements/sum``.
    ///   - ask: asks the database for more.
    /// - Returns: `nil` where the database cannot tell of changes, or everything is still being read.
    func current(at rows: Rows, _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask) throws -> Snapshot<Entry>? {
        let sum = try rows.first.flatMap { $0.isNull(0) ? nil : try $0.string(0) }
        let (former, isDue) = state.withLock { state in
            let isDue = state.nextCheck < .now
            if isDue { state.nextCheck = .now + Self.checkInterval }
            return (state.snapshot, isDue)
        }
        guard let former else {
            loadEverything(evenIfBlind: isDue)
            return nil
        }
        guard isDue || sum != former.revision.sum else { return former }
        var next: Snapshot<Entry>?
        if try !isDue || loader.hasTriggers(of: former.revision, ask) {
            do {
                next = sum == former.revision.sum ? former : try loader.update(former, ask)
            } catch PostgresError.unexpectedResult(_) {
                // What somebody's SQL has made unreadable: the tables may tell of the rest.
            } catch PostgresError.server(_) {
                // What is refused may be refused again, to whoever asks next, for as long as there is more to be read than there may be.
            } catch PostgresError.timeout {
                forget()
                throw PostgresError.timeout
            }
        }
        guard let next else {
            forget()
            return nil
        }
        state.withLock { $0.snapshot = next }
        return next
    }

    /// Until everything has been read anew, the tables are asked.
    private func forget() {
        state.withLock { $0.snapshot = nil }
        loadEverything(evenIfBlind: true)
    }

    func setBlind(_ isBlind: Bool) {
        let isNews = state.withLock { state in
            defer { state.isBlind = isBlind }
            return state.isBlind != isBlind
        }
        if isNews { onEvent(isBlind ? .blind : .seeing) }
    }

    /// Reads everything, which may take seconds, for which nobody waits. If it cannot be read, whoever asks next has it tried again.
    private func loadEverything(evenIfBlind: Bool) {
        let mayLoad = state.withLock { state in
            guard !state.isLoading, evenIfBlind || !state.isBlind else { return false }
            state.isLoading = true
            return true
        }
        guard mayLoad else { return }
        Task {
            defer { state.withLock { $0.isLoading = false } }
            let start = ContinuousClock.now
            let snapshot = try await loader.everything()
            state.withLock { $0.snapshot = snapshot }
            setBlind(snapshot == nil)
            if let snapshot {
                onEvent(.loaded(settings: snapshot.names.count, duration: .now - start))
            }
        }
    }
}
