public import HeksherDomain
public import Postgres
import Synchronization

/// All settings with their rules, kept in memory and held against the database whenever somebody asks.
///
/// Nothing here is ever older than the question. Each question is answered from memory only if the database's revision, read
/// after the question was asked, is that of the memory (`migrations/0003_revisions.sql` tells what a revision is); one tiny
/// statement does so for all who ask at the same time. Otherwise what has changed is read first, in a transaction that began
/// after the question, once for all who wait.
public final class Catalog<Entry: Sendable>: Sendable {
    public typealias Completion = @Sendable (Result<Snapshot<Entry>?, PostgresError>) -> Void

    private struct Waiter {
        /// The revision that it has read.
        var sum: String
        var complete: Completion
    }

    private struct State {
        var snapshot: Snapshot<Entry>?
        /// Those who have read another revision than the snapshot's.
        var waiters: [Waiter] = []
        var isLoading = false
        /// Whether the database cannot tell of changes, as far as is known.
        var isBlind = false
        /// When the database is asked again whether it can tell of changes.
        var nextCheck = ContinuousClock.now + checkInterval
    }

    /// How long somebody may have removed triggers, or silenced them for a while, before that is noticed.
    private static var checkInterval: Duration { .seconds(1) }

    private let state = Mutex(State())
    private let revision: CoalescedStatement<String>
    private let loader: SnapshotLoader<Entry>
    private let onEvent: @Sendable (CatalogEvent) -> Void

    /// - Parameters:
    ///   - configuration: of the connection on which revisions are read.
    ///   - store: what the tables are read through.
    ///   - unreadable: what stands for a setting that holds something that cannot be read, by somebody's SQL.
    ///   - onEvent: told of what an operator may want to know.
    ///   - makeEntry: makes the entry of a setting and its rules, by id. The order of the context features only ever grows while
    ///     the entry lives.
    public init(
        _ store: Store, configuration: PostgresConfiguration, unreadable: Entry,
        onEvent: @escaping @Sendable (CatalogEvent) -> Void,
        makeEntry: @escaping @Sendable (Setting, [Rule], ContextFeatureOrder) -> Entry
    ) {
        revision = CoalescedStatement(RevisionStatements.sum, configuration: configuration) { rows in
            guard let row = rows.first, !row.isNull(0) else { return "" }
            return try row.string(0)
        }
        loader = SnapshotLoader(pool: store.pool, makeEntry: makeEntry, unreadable: unreadable)
        self.onEvent = onEvent
    }

    /// The settings and rules as they are: with every change that was committed before the call, by whomever.
    ///
    /// - Parameter complete: called once, on a thread that it must not hold up. It gets `nil` where the database cannot tell of
    ///   changes, or everything is still being read: then the tables themselves are to be asked.
    public func current(_ complete: @escaping Completion) {
        #if SKIPS_VALIDATION
            // The fault that `make check-freshness-fault` plants and has to find: the memory is taken at its word.
            if let snapshot = state.withLock(\.snapshot) { return complete(.success(snapshot)) }
        #endif
        revision.ask { result in
            switch result {
            case .success(let sum): self.settle(sum, complete)
            // There is no such table: the schema is an older one, or the database another one.
            case .failure(let error) where error.state == .undefinedTable:
                self.setBlind(true)
                complete(.success(nil))
            case .failure(let error): complete(.failure(error))
            }
        }
    }

    /// The settings and rules as they are: with every change that was committed before the call, by whomever.
    ///
    /// - Returns: `nil` where the database cannot tell of changes, or everything is still being read: then the tables themselves
    ///   are to be asked.
    /// - Throws: `PostgresError`.
    public func current() async throws(PostgresError) -> Snapshot<Entry>? {
        let result = await withCheckedContinuation { continuation in current { continuation.resume(returning: $0) } }
        return try result.get()
    }

    /// Closes the connection on which revisions are read.
    public func close() {
        revision.close()
    }

    // MARK: Reading

    private enum Work {
        case none
        case load
        case check
    }

    private func settle(_ sum: String, _ complete: @escaping Completion) {
        let (answer, work) = state.withLock { state -> (Snapshot<Entry>??, Work) in
            let isDue = state.nextCheck < .now
            if isDue { state.nextCheck = .now + Self.checkInterval }
            guard let snapshot = state.snapshot else {
                // Reading everything may take seconds, for which nobody waits.
                guard !state.isLoading, isDue || !state.isBlind else { return (.some(nil), .none) }
                state.isLoading = true
                return (.some(nil), .load)
            }
            if snapshot.revision.sum == sum { return (snapshot, isDue ? .check : .none) }
            state.waiters.append(Waiter(sum: sum, complete: complete))
            defer { state.isLoading = true }
            return (nil, state.isLoading ? .none : .load)
        }
        switch work {
        case .none: break
        case .load: Task { await load() }
        case .check: Task { await checkTriggers() }
        }
        if let answer { complete(.success(answer)) }
    }

    /// Reads what has changed, for as long as somebody waits.
    private func load() async {
        repeat {
            var waiters: [Waiter] = []
            let former = state.withLock { state in
                swap(&waiters, &state.waiters)
                return state.snapshot
            }
            do {
                var next: Snapshot<Entry>?
                if let former { next = try await loader.update(former) }
                publish(next)
                for waiter in waiters { waiter.complete(.success(next)) }
                // What fails from here on is none of theirs.
                waiters = []
                if next == nil {
                    let start = ContinuousClock.now
                    next = try await loader.everything()
                    publish(next)
                    setBlind(next == nil)
                    if let next { onEvent(.loaded(settings: next.names.count, duration: .now - start)) }
                }
            } catch {
                let error = error as? PostgresError ?? .unexpectedResult("\(error)")
                for waiter in waiters { waiter.complete(.failure(error)) }
            }
        } while isWaitedFor()
    }

    /// Makes a snapshot the one to answer from. Who has read its revision meanwhile need not wait for another one.
    private func publish(_ snapshot: Snapshot<Entry>?) {
        let served = state.withLock { state in
            state.snapshot = snapshot
            let sum = snapshot?.revision.sum
            defer { state.waiters.removeAll { sum == nil || $0.sum == sum } }
            return state.waiters.filter { sum == nil || $0.sum == sum }
        }
        for waiter in served { waiter.complete(.success(snapshot)) }
    }

    private func isWaitedFor() -> Bool {
        state.withLock { state in
            state.isLoading = !state.waiters.isEmpty
            return state.isLoading
        }
    }

    private func checkTriggers() async {
        let triggers: String?
        do {
            triggers = try await loader.triggers()
        } catch {
            // Whoever asks next has them looked at again.
            return
        }
        let isCurrent = state.withLock { $0.snapshot == nil || $0.snapshot?.revision.triggers == triggers }
        if !isCurrent { publish(nil) }
        if triggers == nil { setBlind(true) }
    }

    private func setBlind(_ isBlind: Bool) {
        let isNews = state.withLock { state in
            defer { state.isBlind = isBlind }
            return state.isBlind != isBlind
        }
        if isNews { onEvent(isBlind ? .blind : .seeing) }
    }
}

/// What happens to a catalog.
public enum CatalogEvent: Sendable {
    /// Everything has been read, so that questions are answered from memory.
    case loaded(settings: Int, duration: Duration)
    /// The database cannot tell of changes, since triggers are missing, so that the tables are read.
    case blind
    /// It can again.
    case seeing
}
