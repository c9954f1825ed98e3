/// A step of a database's schema: a script that is applied once.
public struct Migration: Sendable, Hashable {
    /// From 1, without gaps.
    public var number: Int
    /// A name for people, for example that of the script's file.
    public var name: String
    /// The statements of the script. They run inside a transaction, so they must not end it.
    public var sql: String

    /// Creates a migration; its number must follow that of the previous one.
    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }
}

/// The reason why a database is not migrated, as a sentence for an operator.
public struct MigrationError: Error, Hashable, CustomStringConvertible {
    /// The sentence.
    public var description: String

    /// Creates an error with a sentence for an operator.
    public init(_ description: String) {
        self.description = description
    }
}

/// Brings a database's schema up to date.
public struct Migrations: Sendable {
    private static var maximumAttempts: Int { 5 }

    private let all: [Migration]
    private let table: String
    private let check: Check

    /// Checks a database before anything else happens.
    public typealias Check = @Sendable (PostgresConnection) async throws -> Void

    /// - Parameters:
    ///   - all: the migrations in order.
    ///   - table: the table that records the applied migrations. It must be an SQL identifier from the program, not from input.
    ///   - check: throws ``MigrationError`` if the database cannot be migrated.
    public init(_ all: [Migration], table: String, check: @escaping Check = { _ in }) {
        self.all = all
        self.table = table
        self.check = check
    }

    /// The applied and the pending migrations of a database.
    public struct Status: Sendable, Hashable {
        /// The migrations that the database has, in order.
        public var applied: [Migration]
        /// The migrations that ``Migrations/apply(_:)`` would apply, in order.
        public var pending: [Migration]

        /// Creates a status from both lists, each in order.
        public init(applied: [Migration], pending: [Migration]) {
            self.applied = applied
            self.pending = pending
        }
    }

    /// Reads which migrations have been applied, without changing anything.
    ///
    /// - Throws: `PostgresError`; ``MigrationError`` if the database does not fit this program.
    public func status(_ pool: PostgresPool) async throws -> Status {
        try await pool.withConnection { connection in
            try await check(connection)
            guard try await hasRecords(connection) else { return Status(applied: [], pending: all) }
            return try await compare(connection.run(recorded()))
        }
    }

    private func hasRecords(_ connection: PostgresConnection) async throws -> Bool {
        let exists: Statement = "SELECT pg_catalog.to_regclass($1::text) IS NOT NULL"
        return try await connection.run(exists(table)).first?.bool(0) == true
    }

    /// A step of ``apply(_:onStep:)``, for a user who waits.
    public enum Step: Sendable, Hashable {
        /// Another process may be migrating the same database.
        case waiting
        /// A migration begins, the one of this number, from 1, among so many pending ones.
        case applying(Migration, Int, of: Int)
        /// All of them have been applied, and the transaction ends.
        case committing
    }

    /// Applies the pending migrations, all in one transaction. Each is applied once, also if several processes migrate at the same time.
    ///
    /// - Parameter onStep: called when a step begins.
    /// - Returns: the applied migrations.
    /// - Throws: `PostgresError`; ``MigrationError`` if the database does not fit this program.
    @discardableResult
    public func apply(
        _ pool: PostgresPool, onStep: @escaping @Sendable (Step) -> Void = { _ in }
    ) async throws -> [Migration] {
        try await pool.withConnection { connection in
            // A service that reads at the same time may take its locks in another order.
            for _ in 1..<Self.maximumAttempts {
                do {
                    return try await apply(on: connection, onStep)
                } catch let error as PostgresError where error.isRetryable {}
            }
            return try await apply(on: connection, onStep)
        }
    }

    private func apply(on connection: PostgresConnection, _ onStep: (Step) -> Void) async throws -> [Migration] {
        do {
            onStep(.waiting)
            // Separate statements: each must see the changes that the previous holder of the lock has committed.
            try await connection.run(script: "BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(\(lockKey))")
            try await check(connection)
            // A role that cannot create anything can still find out that there is nothing to do.
            if try await !hasRecords(connection) {
                try await connection.run(
                    script: """
                        CREATE TABLE \(table) (
                            number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                            applied_at timestamptz NOT NULL DEFAULT pg_catalog.now())
                        """)
            }
            let pending = try await compare(connection.run(recorded())).pending
            for (index, migration) in pending.enumerated() {
                onStep(.applying(migration, index + 1, of: pending.count))
                try await connection.run(script: migration.sql)
                let record = Statement(
                    """
                    INSERT INTO \(table) (number, name, checksum)
                    VALUES ($1::int, $2::text, \(Self.checksum(of: "$3::text")))
                    """)
                try await connection.run(record(migration.number, migration.name, migration.sql))
            }
            onStep(.committing)
            try await connection.run(script: "COMMIT")
            return pending
        } catch {
            try? await connection.run(script: "ROLLBACK")
            throw error
        }
    }

    /// Equal for equal tables, so that processes that migrate the same table wait for each other.
    private var lockKey: Int {
        table.utf8.reduce(5381) { ($0 &* 33 &+ Int($1)) & 0x7FFF_FFFF_FFFF }
    }

    /// An SQL expression. The migrating role has many rights, so the expression names PostgreSQL's own functions, whatever functions other
    /// roles have created.
    private static func checksum(of text: String) -> String {
        "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(\(text), 'UTF8')), 'hex')"
    }

    /// The applied migrations, and whether each equals the program's migration with the same number.
    private func recorded() -> Query {
        Statement(
            """
            SELECT recorded.number, recorded.checksum = \(Self.checksum(of: "known.sql"))
            FROM \(table) recorded
            LEFT JOIN unnest($1::int[], $2::text[]) AS known(number, sql) ON known.number = recorded.number
            ORDER BY recorded.number
            """)(all.map(\.number), all.map(\.sql))
    }

    private func compare(_ rows: Rows) throws -> Status {
        var applied: Set<Int> = []
        for row in rows {
            let number = try row.int(0)
            guard all.contains(where: { $0.number == number }) else {
                throw MigrationError(
                    "the database has had migration \(number), which this program does not know of: it is older than the "
                        + "database, so run a newer release")
            }
            guard try row.bool(1) else {
                throw MigrationError("migration \(number) of the database is another one than this program's")
            }
            applied.insert(number)
        }
        return Status(
            applied: all.filter { applied.contains($0.number) }, pending: all.filter { !applied.contains($0.number) })
    }
}
