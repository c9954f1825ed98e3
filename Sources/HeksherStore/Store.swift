public import Postgres

/// What the service asks of the database, in the domain's words.
///
/// Writers of one setting, and of its rules, come one after the other: each locks the setting's row first. Writers of the list
/// of context features lock that table. What a new name collides with is found by locking the name itself.
public struct Store: Sendable {
    let pool: PostgresPool
    /// Told of each change once it is committed.
    let onChange: @Sendable (CommittedChange) -> Void
    private let admits: @Sendable (_ setting: String) -> Bool

    /// - Parameter admits: whether whoever asks may have to do with a setting. Every operation on one setting or rule asks, by the
    ///   setting's present name, once it has locked it or with what it has read; if it may not, it ends without a change, and throws
    ///   ``SettingNotAdmitted``. What gives many settings leaves it to its caller.
    public init(
        _ pool: PostgresPool, onChange: @escaping @Sendable (CommittedChange) -> Void = { _ in },
        admits: @escaping @Sendable (_ setting: String) -> Bool = { _ in true }
    ) {
        self.pool = pool
        self.onChange = onChange
        self.admits = admits
    }

    /// - Throws: ``SettingNotAdmitted``.
    func admit(_ setting: String?) throws {
        if let setting, !admits(setting) { throw SettingNotAdmitted() }
    }

    /// The schema's migrations, compiled in from `migrations/`.
    public static let migrations = Migrations(
        embeddedMigrations.map { Migration(number: $0.number, name: $0.name, sql: $0.sql) },
        table: "heksher_migrations", check: { connection in try await Schema.check(connection) })

    /// Why the database does not answer; `nil` if it does.
    public func reachabilityProblem() async -> (any Error)? {
        let ping: Statement = "SELECT 1"
        do {
            try await pool.run(ping())
            return nil
        } catch {
            return error
        }
    }

    /// How far a database's schema is from what is needed.
    public enum SchemaState: Sendable {
        case upToDate
        case missing
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

    /// Runs a transaction. A constraint that is violated means that another writer came first; the transaction is run
    /// again, and then sees what that writer did.
    func transaction<Value>(_ body: (Transaction) async throws -> Value) async throws -> Value {
        try await pool.transaction { transaction in
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

/// An operation is about a setting that whoever asks is to have nothing to do with.
public struct SettingNotAdmitted: Error {}
