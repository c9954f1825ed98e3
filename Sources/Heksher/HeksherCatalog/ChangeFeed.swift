public import HeksherStore
import LibPQ
import Synchronization

/// Finds out which settings each committed transaction has changed, while somebody wants to know.
///
/// A ``Catalog`` calls it each time that it has read the revision. If the revision has moved, one more statement on the same connection reads
/// the notes of the transactions in between. The feed reports them only up to the revision of the catalog's snapshot, so that it reports no
/// change before the catalog has it. A revision that could be read is committed, so every later read on any instance sees the change.
public final class ChangeFeed<Entry: CatalogEntry>: Sendable {
    /// A report of the feed.
    public enum Report: Sendable {
        /// All changes after this position are reported from now on.
        case begin(ChangePosition)
        /// Transactions, in the order in which they are reported.
        case changes([PositionedChange])
        /// Anything may have changed before this position.
        case reset(ChangePosition)
    }

    /// A function that gets each report, and the snapshot at the end of the report; `nil` if the memory is not loaded. It is called on a
    /// thread that it must not block, one call at a time.
    public typealias Receive = @Sendable (Report, Snapshot<Entry>?) -> Void

    fileprivate struct State {
        var receive: Receive?
        /// Distinguishes the times between ``ChangeFeed/open(_:)`` and ``ChangeFeed/close()``.
        var session = 0
        /// The position up to which changes are reported; `nil` before the first one.
        var position: ChangePosition?
        /// The definitions of the last snapshot.
        var definitions: String?
        var alterations = 0
        var isBlind = false
        var nextBlindReset = ContinuousClock.now
        /// Whether changes since the position are unknown.
        var isLost = false
        /// Whether the last snapshot had a setting with the name that stands for the list of context features.
        var hasNamesake = true
    }

    /// While the database does not report every change, anything may change at any time.
    private static var blindInterval: Duration { .seconds(5) }

    private let state = Mutex(State())
    /// Whether the feed is open. Reading this costs each query less than looking at the state.
    private let isOpen = Atomic(false)

    /// Creates a feed that reports nothing yet.
    public init() {}

    /// Begins to report. The first report is a ``Report/begin(_:)``, after the catalog has read the revision.
    public func open(_ receive: @escaping Receive) {
        state.withLock { state in
            let session = state.session + 1
            state = State()
            state.session = session
            state.receive = receive
            isOpen.store(true, ordering: .releasing)
        }
    }

    /// Ends the reports.
    public func close() {
        state.withLock { state in
            state.session += 1
            state.receive = nil
            isOpen.store(false, ordering: .releasing)
        }
    }

    /// Reports the changes since the last call. Only one thread may call it at a time. If a statement fails because the connection broke, the
    /// next call reports the changes.
    ///
    /// - Parameters:
    ///   - rows: the rows of ``RevisionStatements/sum``.
    ///   - snapshot: at least as new as these rows; `nil` if the memory is not loaded.
    ///   - visibility: whether the database reports every change.
    ///   - ask: runs another statement.
    func advance(
        at rows: Rows, _ snapshot: Snapshot<Entry>?, _ visibility: CatalogVisibility,
        _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask
    ) {
        guard isOpen.load(ordering: .acquiring) else { return }
        var state = self.state.withLock { $0 }
        guard let receive = state.receive else { return }
        state.note(snapshot?.revision.definitions, visibility)
        guard let report = try? state.report(at: rows, snapshot, ask) else {
            keep(state)
            return
        }
        if state.isBlind { state.nextBlindReset = .now + Self.blindInterval }
        if keep(state) { receive(report, snapshot) }
    }

    /// Reports that anything may change at any time, because the revision cannot be read.
    func isBlind() {
        let reset = state.withLock { state -> (receive: Receive, position: ChangePosition)? in
            guard let receive = state.receive, let position = state.position else { return nil }
            state.isLost = true
            guard state.nextBlindReset <= .now else { return nil }
            state.nextBlindReset = .now + Self.blindInterval
            return (receive, position)
        }
        if let reset { reset.receive(.reset(reset.position), nil) }
    }

    /// - Returns: whether the feed is still open.
    @discardableResult
    private func keep(_ next: State) -> Bool {
        state.withLock { state in
            guard state.session == next.session else { return false }
            state = next
            return true
        }
    }
}

/// Whether a catalog sees every change.
struct CatalogVisibility: Sendable {
    /// Whether the database does not report every change.
    var isBlind: Bool
    /// How often the catalog has found altered definitions.
    var alterations: Int
}

extension ChangeFeed.State {
    /// Notes circumstances under which data can change without a revision.
    fileprivate mutating func note(_ definitions: String?, _ visibility: CatalogVisibility) {
        let isFirst = position == nil
        if !isFirst {
            if visibility.alterations != alterations || visibility.isBlind != isBlind { isLost = true }
            if let definitions, definitions != self.definitions { isLost = true }
            if visibility.isBlind, nextBlindReset <= .now { isLost = true }
        }
        alterations = visibility.alterations
        isBlind = visibility.isBlind
        if let definitions { self.definitions = definitions }
    }

    /// The next report and the state after it; `nil` if nothing has changed.
    fileprivate mutating func report(
        at rows: Rows, _ snapshot: Snapshot<Entry>?, _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask
    ) throws -> ChangeFeed.Report? {
        let end = snapshot.map { ChangePosition($0.revision) }
        guard let known = position else {
            // The definitions must be known from the beginning, so that a later alteration shows.
            if definitions == nil, case .whole(let text) = try Definitions.state(ask(Definitions.statement())) {
                definitions = text
            }
            let position = try end ?? ChangePosition(ask(RevisionStatements.slots()))
            self.position = position
            hasNamesake = snapshot?.contains(RecordedChange.contextFeatures) ?? true
            return .begin(position)
        }
        if !isLost {
            let sum = try end.map { "\($0.total)" } ?? rows.first.flatMap { $0.isNull(0) ? nil : try $0.string(0) }
            if sum == "\(known.total)" { return nil }
            do {
                let notes = try ChangeNotes(ask(ChangeStatements.notes(known.text)))
                if var changes = notes.changes(since: known, upTo: end) {
                    tellApart(&changes, snapshot)
                    position = end ?? changes.last?.position ?? known
                    return changes.isEmpty ? nil : .changes(changes)
                }
            } catch let error as PostgresError {
                switch error {
                // PostgreSQL refuses to report the changes, or the rows are unreadable.
                case .server, .unexpectedResult: break
                default: throw error
                }
            }
            isLost = true
        }
        let position = try end ?? ChangePosition(ask(RevisionStatements.slots()))
        self.position = position
        isLost = false
        hasNamesake = snapshot?.contains(RecordedChange.contextFeatures) ?? true
        return .reset(position)
    }

    /// Tells changes of the list of context features from those of a setting with the same name.
    private mutating func tellApart(_ changes: inout [PositionedChange], _ snapshot: Snapshot<Entry>?) {
        let hasNamesake = snapshot?.contains(RecordedChange.contextFeatures) ?? true
        if !self.hasNamesake, !hasNamesake {
            for index in changes.indices { changes[index].change.hasNoSettingCalledContextFeatures() }
        }
        self.hasNamesake = hasNamesake
    }
}
