public import Postgres

/// What the service asks of the database, in the domain's words.
///
/// Writers of one setting, and of its rules, come one after the other: each locks the setting's row first. Writers of the list
/// of context features lock that table. What a new name collides with is found by locking the name itself.
public struct Store: Sendable {
    let pool: PostgresPool
    /// Told of each change once it is committed.
    let onChange: @Sendable (CommittedChange) -> Void

    public init(_ pool: PostgresPool, onChange: @escaping @Sendable (CommittedChange) -> Void = { _ in }) {
        self.pool = pool
        self.onChange = onChange
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
