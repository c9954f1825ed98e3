import HeksherStore
import LibPQ
import Synchronization

/// The snapshot of a ``Catalog``, brought up to date if the revision shows that it is not current.
final class CatalogMemory<Entry: CatalogEntry>: Sendable {
    private struct State {
        var snapshot: Snapshot<Entry>?
        /// Whether everything is being read.
        var isLoading = false
        /// The reason why the database cannot report every change, if known.
        var blindness: String?
        /// How often altered definitions were found.
        var alterations = 0
        /// The time of the next check whether the database can report every change.
        var nextCheck = ContinuousClock.now + checkInterval
        /// The time before which everything is not read again, after a failed attempt.
        var nextLoad = ContinuousClock.now
    }

    /// How often the service looks for altered definitions. It promises to notice them within a second.
    private static var checkInterval: Duration { .milliseconds(500) }
    private static var loadInterval: Duration { .milliseconds(250) }

    private let state = Mutex(State())
    /// Whether the connection on which revisions are read is older than an alteration.
    private let wantsNewConnection = Atomic(false)
    private let loader: SnapshotLoader<Entry>
    private let onEvent: @Sendable (CatalogEvent) -> Void

    init(_ loader: SnapshotLoader<Entry>, onEvent: @escaping @Sendable (CatalogEvent) -> Void) {
        self.loader = loader
        self.onEvent = onEvent
    }

    /// Whether the database reports every change.
    var visibility: CatalogVisibility {
        state.withLock { CatalogVisibility(isBlind: $0.blindness != nil, alterations: $0.alterations) }
    }

    /// The snapshot, whether it is current or not.
    var latest: Snapshot<Entry>? { state.withLock(\.snapshot) }

    /// A snapshot that is at least as new as the moment at which the revision was read. Only one thread may call it at a time.
    ///
    /// - Parameters:
    ///   - rows: the rows of ``RevisionStatements/sum``.
    ///   - ask: runs another statement.
    /// - Returns: `nil` if the database cannot report changes, or if everything is still being read.
    func current(at rows: Rows, _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask) throws -> Snapshot<Entry>? {
        let sum = try rows.first.flatMap { $0.isNull(0) ? nil : try $0.string(0) }
        let start = ContinuousClock.now
        let (former, isDue) = state.withLock { state in
            let isDue = state.nextCheck <= start
            if isDue, state.snapshot == nil { state.nextCheck = start + Self.checkInterval }
            return (state.snapshot, isDue)
        }
        guard let former else {
            loadEverything(evenIfBlind: isDue)
            return nil
        }
        guard isDue || sum != former.revision.sum else { return former }
        var next: Snapshot<Entry>?
        // A failed check, for example after the connection broke, is repeated for the next query.
        let isWhole = try !isDue || isWhole(former.revision, ask)
        if isDue { state.withLock { $0.nextCheck = start + Self.checkInterval } }
        if isWhole {
            do {
                next = sum == former.revision.sum ? former : try loader.update(former, ask)
            } catch PostgresError.unexpectedResult(_) {
                // SQL has made something unreadable. The tables may still answer for the rest.
            } catch PostgresError.server(_) {
                // PostgreSQL could refuse the same statement for every later query, as long as the changes are too many to read at once.
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

    /// Whether the database reports every change since a revision. If not, everything is read again.
    private func isWhole(_ revision: Revision, _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask) throws -> Bool {
        do {
            switch try Definitions.state(ask(Definitions.statement())) {
            case .whole(revision.definitions): return true
            case .whole, .outdatedSession: onEvent(.altered)
            case .broken(let reason): setBlind(reason)
            }
        } catch let error as PostgresError where error.state?.concernsDefinitions == true {
            setBlind("\(error)")
        }
        state.withLock { $0.alterations += 1 }
        wantsNewConnection.store(true, ordering: .relaxed)
        loader.pool.renew()
        return false
    }

    /// Whether the connection on which revisions are read is older than an alteration, the first time that it is called after the
    /// alteration.
    func takeAlteration() -> Bool { wantsNewConnection.exchange(false, ordering: .relaxed) }

    /// Drops the snapshot. Queries read the tables until everything has been read again.
    private func forget() {
        state.withLock { $0.snapshot = nil }
        loadEverything(evenIfBlind: true)
    }

    /// - Parameter reason: the reason why the database cannot report every change; `nil` if it can.
    func setBlind(_ reason: String?) {
        let isNews = state.withLock { state in
            defer { state.blindness = reason }
            return state.blindness != reason
        }
        if isNews { onEvent(reason.map { .blind(reason: $0) } ?? .seeing) }
    }

    /// Reads everything, which can take seconds; queries do not wait for it. If it fails, a later query starts another attempt.
    private func loadEverything(evenIfBlind: Bool) {
        let mayLoad = state.withLock { state in
            guard !state.isLoading, state.blindness == nil ? state.nextLoad < .now : evenIfBlind else { return false }
            state.isLoading = true
            return true
        }
        guard mayLoad else { return }
        Task(executorPreference: LongWork.executor) {
            defer { self.state.withLock { $0.isLoading = false } }
            let start = ContinuousClock.now
            do {
                let snapshot = try await self.loader.everything { self.onEvent(.loading($0)) }
                self.state.withLock { state in
                    state.snapshot = snapshot
                    // The load checked the definitions when it began. They may have been altered since then.
                    state.nextCheck = .now
                }
                self.setBlind(nil)
                self.onEvent(.loaded(settings: snapshot.names.count, duration: .now - start))
            } catch {
                self.state.withLock { $0.nextLoad = .now + Self.loadInterval }
                if let error = error as? UntoldChanges {
                    self.setBlind(error.reason)
                } else if let error = error as? PostgresError, error.state?.concernsDefinitions == true {
                    self.setBlind("\(error)")
                }
            }
        }
    }
}
