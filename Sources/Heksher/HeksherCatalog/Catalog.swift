public import HeksherDomain
public import HeksherStore
public import LibPQ
import Synchronization

/// All settings with their rules, kept in memory and compared with the database for each query.
///
/// A query is answered from memory only if the database's revision, read after the query arrived, is the revision of the memory.
/// `migrations/0004_own_schema.sql` explains revisions. One small statement reads the revision for all queries that arrive at the same
/// time. If the revision differs, one or two more statements read the changes first.
public final class Catalog<Entry: CatalogEntry>: Sendable {
    /// A caller's function that gets the snapshot; `nil` if the caller must read the tables.
    public typealias Completion = @Sendable (Result<Snapshot<Entry>?, PostgresError>) -> Void

    /// The ``Snapshot/id`` of the latest snapshot, whether it is current or not; `nil` before everything has been read.
    public var latestID: Int? { latest() }

    private let latest: @Sendable () -> Int?
    private let ask: @Sendable (@escaping Completion) -> Void
    private let reach: @Sendable (@escaping @Sendable (PostgresError?) -> Void) -> Void
    private let end: @Sendable () -> Void
    /// Whether a query has arrived since the last ``catchUp()``.
    private let isInUse = Atomic(false)

    /// - Parameters:
    ///   - configuration: for the connection on which revisions are read.
    ///   - store: reads the tables.
    ///   - feed: reports changes, each time that the catalog has read the revision.
    ///   - onEvent: called for each event that an operator may want to know.
    public init(
        _ store: Store, configuration: PostgresConfiguration, feed: ChangeFeed<Entry>? = nil,
        onEvent: @escaping @Sendable (CatalogEvent) -> Void
    ) {
        let memory = CatalogMemory(
            SnapshotLoader<Entry>(pool: store.pool, unreadable: store.unreadable), onEvent: onEvent)
        let revision = CoalescedStatement(RevisionStatements.sum, configuration: configuration) { rows, ask in
            let snapshot = try memory.current(at: rows, ask)
            feed?.advance(at: rows, snapshot, memory.visibility, ask)
            return snapshot
        }
        end = { revision.close() }
        latest = { memory.latest?.id }
        ask = { complete in
            #if SKIPS_VALIDATION
                // The fault that `make check-freshness-fault` plants and must find: a snapshot is used without checking the revision.
                if let snapshot = memory.latest { return complete(.success(snapshot)) }
            #endif
            revision.ask { result in
                if memory.takeAlteration() { revision.reconnect() }
                guard case .failure(let error) = result else { return complete(result) }
                switch error {
                // The revision is missing or unreadable: the schema is older, or the database is another one. The tables may exist.
                case .server(let message) where message.state.concernsDefinitions:
                    memory.setBlind("\(error)")
                    feed?.isBlind()
                    complete(.success(nil))
                // The pool may have connections on which the tables can be read. It gives up one of them for the revisions.
                case .tooManyConnections where store.pool.cede():
                    memory.setBlind("\(error)")
                    feed?.isBlind()
                    complete(.success(nil))
                default: complete(result)
                }
            }
        }
        reach = { complete in
            revision.ask { result in
                guard case .failure(let error) = result else { return complete(nil) }
                switch error {
                case .server: complete(nil)
                case .tooManyConnections where store.pool.hasConnections: complete(nil)
                default: complete(error)
                }
            }
        }
    }

    /// A catalog whose settings never change, without a database, for tests of the code that uses it.
    init(always snapshot: Snapshot<Entry>) {
        latest = { snapshot.id }
        ask = { $0(.success(snapshot)) }
        reach = { $0(nil) }
        end = {}
    }

    /// The settings and rules with every change that was committed before the call, by any program.
    ///
    /// - Parameter complete: called once, on a thread that it must not block. It gets `nil` if the database cannot report changes, or if
    ///   everything is still being read: then the caller must read the tables.
    public func current(_ complete: @escaping Completion) {
        isInUse.store(true, ordering: .relaxed)
        ask(complete)
    }

    /// Reads the latest changes, so that the next query waits less. Correctness never depends on it. Call it after a change. It does
    /// nothing if no query has arrived since the last call, so that many changes without queries in between cost no more than one.
    public func catchUp() {
        if isInUse.exchange(false, ordering: .relaxed) { ask { _ in } }
    }

    /// The settings and rules with every change that was committed before the call, by any program.
    ///
    /// - Returns: `nil` if the database cannot report changes, or if everything is still being read: then the caller must read the tables.
    /// - Throws: `PostgresError`.
    public func current() async throws(PostgresError) -> Snapshot<Entry>? {
        let result = await withCheckedContinuation { continuation in current { continuation.resume(returning: $0) } }
        return try result.get()
    }

    /// The reason why the database does not respond; `nil` if it responds, even with an error. It shares the statement and the connection
    /// of the queries that arrive at the same time.
    public func reachabilityProblem() async -> PostgresError? {
        await withCheckedContinuation { continuation in reach { continuation.resume(returning: $0) } }
    }

    /// Closes the connection on which revisions are read.
    public func close() {
        end()
    }
}

/// The form in which a ``Catalog`` keeps a setting. While an entry exists, the order of the context features only grows.
public protocol CatalogEntry: AnyObject, Sendable {
    /// - Returns: `nil` if the setting cannot be kept in memory.
    init?(_ setting: QueriedSetting, _ features: ContextFeatureOrder)

    /// The entry after some of the setting's rules have changed. The work must not grow with the product of the number of changes and the
    /// number of rules.
    ///
    /// - Parameter changes: sorted by the rules' IDs, without repeats.
    /// - Returns: `nil` if the entry must be created from the whole setting.
    func with(_ changes: [RuleChange], _ features: ContextFeatureOrder) -> Self?
}

/// A changed rule.
public struct RuleChange: Sendable {
    /// The rule's ID. The setting may have had the rule before or not.
    public var id: Int
    /// `nil` if the setting no longer has the rule.
    public var rule: Rule?

    /// Creates a change of one rule.
    public init(id: Int, rule: Rule?) {
        self.id = id
        self.rule = rule
    }
}

/// An event of a catalog.
public enum CatalogEvent: Sendable {
    /// Everything is being read, which takes more than a second.
    case loading(LoadingProgress)
    /// Everything has been read, so that queries are now answered from memory.
    case loaded(settings: Int, duration: Duration)
    /// The database cannot report every change, for this reason, so queries read the tables.
    case blind(reason: String)
    /// The database can report every change again.
    case seeing
    /// Tables, or the triggers that report their changes, were altered, so everything is read again.
    case altered
}

/// The part of everything that a catalog has read.
public struct LoadingProgress: Sendable, Hashable {
    /// The completed share in percent.
    public var percent: Int
    /// The number of settings that have been read.
    public var settings: Int

    init(share: Int, of total: Int, settings: Int) {
        percent = total > 0 ? share * 100 / total : 100
        self.settings = settings
    }
}
