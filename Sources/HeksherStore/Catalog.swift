public import HeksherDomain
public import Postgres
import Synchronization

/// All settings with their rules, kept in memory and held against the database whenever somebody asks.
///
/// Nothing here is ever older than the question. Each question is answered from memory only if the database's revision, read
/// after the question was asked, is that of the memory (`migrations/0003_revisions.sql` tells what a revision is); one tiny
/// statement does so for all who ask at the same time. Otherwise what has changed is read first, by one statement more or two.
public final class Catalog<Entry: CatalogEntry>: Sendable {
    public typealias Completion = @Sendable (Result<Snapshot<Entry>?, PostgresError>) -> Void

    private let ask: @Sendable (@escaping Completion) -> Void
    private let end: @Sendable () -> Void
    /// Whether somebody has asked since the last time that it caught up without being asked.
    private let isInUse = Atomic(false)

    /// - Parameters:
    ///   - configuration: of the connection on which revisions are read.
    ///   - store: what the tables are read through.
    ///   - onEvent: told of what an operator may want to know.
    public init(
        _ store: Store, configuration: PostgresConfiguration, onEvent: @escaping @Sendable (CatalogEvent) -> Void
    ) {
        let memory = CatalogMemory(SnapshotLoader<Entry>(pool: store.pool), onEvent: onEvent)
        let question = CoalescedStatement(
            RevisionStatements.sum, configuration: configuration, parameters: RevisionStatements.parameters
        ) { rows, ask in
            try memory.current(at: rows, ask)
        }
        end = { question.close() }
        ask = { complete in
            #if SKIPS_VALIDATION
                // The fault that `make check-freshness-fault` plants and has to find: the memory is taken at its word.
                if let snapshot = memory.unverified { return complete(.success(snapshot)) }
            #endif
            question.ask { result in
                // There is no such table: the schema is an older one, or the database another one.
                if case .failure(let error) = result, error.state == .undefinedTable {
                    memory.setBlind(true)
                    complete(.success(nil))
                } else {
                    complete(result)
                }
            }
        }
    }

    /// A catalog of what never changes, without a database, for those who try what stands on it.
    init(always snapshot: Snapshot<Entry>) {
        ask = { $0(.success(snapshot)) }
        end = {}
    }

    /// The settings and rules as they are: with every change that was committed before the call, by whomever.
    ///
    /// - Parameter complete: called once, on a thread that it must not hold up. It gets `nil` where the database cannot tell of
    ///   changes, or everything is still being read: then the tables themselves are to be asked.
    public func current(_ complete: @escaping Completion) {
        isInUse.store(true, ordering: .relaxed)
        ask(complete)
    }

    /// Reads what has changed, so that whoever asks next has less to wait for. Nothing depends on it: it is for who knows of a change,
    /// and does nothing if nobody has asked since the last time, so that many changes that nobody asks about cost no more than one.
    public func catchUp() {
        if isInUse.exchange(false, ordering: .relaxed) { ask { _ in } }
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
        end()
    }
}

/// What a ``Catalog`` keeps of a setting. The order of the context features only ever grows while it lives.
public protocol CatalogEntry: AnyObject, Sendable {
    /// - Returns: `nil` if the setting cannot be kept in memory.
    init?(_ setting: QueriedSetting, _ features: ContextFeatureOrder)

    /// What is to be kept once one of the setting's rules has changed.
    ///
    /// - Parameters:
    ///   - rule: the rule as it is, or `nil` if the setting has it no more.
    ///   - id: the rule's, whether the setting had it before or not.
    /// - Returns: `nil` if it has to be made of the whole setting.
    func with(_ rule: Rule?, asRule id: Int, _ features: ContextFeatureOrder) -> Self?
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
