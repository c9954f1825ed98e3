public import LibPQ

/// The operations that the service needs from the database, in the domain's words.
///
/// Writers of one setting and of its rules run one after the other, because each locks the setting's row first. Writers of the list of
/// context features lock that table. To find collisions with a new name, writers lock the name itself.
public struct Store: Sendable {
    package let pool: PostgresPool
    private let onCommit: @Sendable (CommittedChange) -> Void
    /// The transaction that all operations belong to; `nil` if each has its own.
    var joined: JoinedTransaction?
    package let unreadable: UnreadableSettings
    let meter: StorageMeter
    let admits: @Sendable (_ setting: String) -> Bool
    private let limited: @Sendable () -> Bool

    /// - Parameters:
    ///   - limits: the limits on stored data.
    ///   - onChange: called for each change after its commit.
    ///   - admits: whether the caller may see a setting. Every operation on one setting or rule calls this with the setting's current name,
    ///     after it has locked or read it. If the caller may not see it, the operation ends without a change and throws
    ///     ``SettingNotAdmitted``, so that the response can be the one for an unknown setting. For operations that return all settings, the
    ///     caller of the operation does this.
    public init(
        _ pool: PostgresPool, limits: StorageLimits = StorageLimits(),
        onChange: @escaping @Sendable (CommittedChange) -> Void = { _ in },
        admits: @escaping @Sendable (_ setting: String) -> Bool = { _ in true },
        isLimited: @escaping @Sendable () -> Bool = { false },
        unreadable: UnreadableSettings = UnreadableSettings()
    ) {
        self.pool = pool
        meter = StorageMeter(limits)
        onCommit = onChange
        self.admits = admits
        limited = isLimited
        self.unreadable = unreadable
    }

    /// Whether the caller may see only some settings, and not change context features.
    var isLimited: Bool { limited() }

    /// - Throws: ``SettingNotAdmitted``.
    func admit(_ setting: String?) throws {
        if let setting, !admits(setting) { throw SettingNotAdmitted() }
    }

    /// The schema's migrations, compiled in from `migrations/`.
    public static let migrations = Migrations(
        embeddedMigrations.map { Migration(number: $0.number, name: $0.name, sql: $0.sql) },
        table: "heksher_migrations", check: { connection in try await Schema.check(connection) })

    /// The error with which PostgreSQL refuses to let the service read; `nil` if it does not refuse, or if this is unknown now.
    public func readingRefusal() async -> PostgresError? {
        do {
            _ = try await pool.run([
                FeatureValuesStatements.all(), SettingStatements.find(nil), RuleStatements.find(nil),
                QueriedSettingsStatements.behindNames([String]()), SettingStatements.canonicalNames([String]()),
            ])
            return nil
        } catch {
            return (error as? PostgresError).flatMap { $0.state?.concernsDefinitions == true ? $0 : nil }
        }
    }

    /// The relation of a database's schema to the required one.
    public enum SchemaState: Sendable {
        /// All migrations have been applied.
        case upToDate
        /// The database has neither this schema nor the original service's.
        case missing
        /// Some migrations are pending.
        case outdated
        /// It is the original service's, and has not been taken over.
        case original
    }

    /// - Throws: `PostgresError`; `MigrationError` if the database cannot be migrated by this program.
    public func schemaState() async throws -> SchemaState {
        let status = try await Self.migrations.status(pool)
        if status.pending.isEmpty { return .upToDate }
        if !status.applied.isEmpty { return .outdated }
        return try await pool.withConnection { try await Schema.check($0) } ? .original : .missing
    }

    /// Closes the connections to the database.
    public func close() {
        pool.close()
    }

    /// Processes the rows of statements: on ``LongWork/executor`` if there are many.
    func computing<Value>(with rows: [Rows], _ body: () throws -> Value) async throws -> Value {
        guard rows.reduce(0, { $0 + $1.memorySize }) > Self.shortSize else { return try body() }
        return try await withTaskExecutorPreference(LongWork.executor) { try body() }
    }

    /// Up to this many bytes, rows are read on the calling thread, which may be an event loop's.
    private static let shortSize = 64 << 10

    /// Reports a change: at once, or after the commit of the transaction that it belongs to.
    func onChange(_ change: CommittedChange) {
        guard let joined else { return onCommit(change) }
        joined.add(change)
    }

    /// Runs statements that only read: in the transaction that all operations belong to, if there is one.
    func run(_ queries: [Query]) async throws -> [Rows] {
        guard let joined else { return try await pool.run(queries) }
        return try await joined.transaction.run(queries)
    }

    /// Runs one statement that only reads.
    func run(_ query: Query) async throws -> Rows {
        guard let rows = try await run([query]).first else {
            throw PostgresError.unexpectedResult("a statement gave no result")
        }
        return rows
    }

    /// Runs a transaction, which is a part of the one that all operations belong to, if there is one.
    ///
    /// - Parameter keepsLocked: whether the operation keeps what a transaction knows about the settings that it has locked.
    func open<Value>(keepsLocked: Bool = false, _ body: (Transaction) async throws -> Value) async throws -> Value {
        if let joined {
            if !keepsLocked { joined.forget() }
            return try await body(Transaction(within: joined.transaction))
        }
        return try await pool.transaction(first: ChangeAuthor.current.map { [$0.announcement] } ?? [], body)
    }

    /// Runs a transaction. If a constraint is violated, another writer was first: the transaction runs again, and then sees that writer's
    /// change.
    ///
    /// - Parameter keepsLocked: see ``open(keepsLocked:_:)``.
    func transaction<Value>(
        keepsLocked: Bool = false, _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        try await open(keepsLocked: keepsLocked) { transaction in
            do {
                return try await body(transaction)
            } catch let error as PostgresError
                where error.state == .uniqueViolation || error.state == .foreignKeyViolation
            {
                throw TransactionCollision()
            }
        }
    }
}

/// The caller may not access the setting of an operation.
public struct SettingNotAdmitted: Error {}
