/// A step of a database's schema: a script that is applied once.
public struct Migration: Sendable, Hashable {
    /// From 1, without gaps.
    public var number: Int
    public var name: String
    public var sql: String

    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }
}

/// Why a database is not migrated, as a sentence for an operator.
public struct MigrationError: Error, Hashable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// Brings a database's schema up to date.
public struct Migrations: Sendable {
    private let all: [Migration]
    private let table: String
    private let check: Check

    /// Looks at a database before anything else does.
    public typealias Check = @Sendable (PostgresConnection) async throws -> Void

    /// - Parameters:
    ///   - all: in order.
    ///   - table: the table that records what has been applied: an SQL identifier of the program's own, not of its input.
    ///   - check: throws ``MigrationError`` if the database is not one to be migrated.
    public init(_ all: [Migration], table: String, check: @escaping Check = { _ in }) {
        self.all = all
        self.table = table
        self.check = check
    }

    /// What a database has had of the migrations.
    public struct Status: Sendable, Hashable {
        public var applied: [Migration]
        public var pending: [Migration]

        public init(applied: [Migration], pending: [Migration]) {
            self.applied = applied
            self.pending = pending
        }
    }

    /// Tells what has been applied, changing nothing.
    ///
    /// - Throws: `PostgresError`; ``MigrationError`` if the database does not fit this program.
    public func status(_ pool: PostgresPool) async throws -> Status {
        try await pool.withConnection { connection in
            try await check(connection)
            let exists = Statement("SELECT to_regclass($1::text) IS NOT NULL")
            guard try await connection.run(exists(table)).first?.bool(0) == true else {
                return Status(applied: [], pending: all)
            }
            return try await compare(connection.run(recorded()))
        }
    }

    /// Applies what is pending: all of it in one transaction, each migration once, also if several processes do so at the
    /// same time.
    ///
    /// - Returns: what was applied.
    /// - Throws: `PostgresError`; ``MigrationError`` if the database does not fit this program.
    @discardableResult
    public func apply(_ pool: PostgresPool) async throws -> [Migration] {
        try await pool.withConnection { connection in
            do {
                return try await apply(on: connection)
            } catch let error as PostgresError where error.isRetryable {
                return try await apply(on: connection)
            }
        }
    }

    private func apply(on connection: PostgresConnection) async throws -> [Migration] {
        do {
            // Statements of their own: each is to see what the one that held the lock before has committed.
            try await connection.run(script: "BEGIN; SELECT pg_advisory_xact_lock(\(lockKey))")
            try await check(connection)
            try await connection.run(
                script: """
                    CREATE TABLE IF NOT EXISTS \(table) (
                        number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                        applied_at timestamptz NOT NULL DEFAULT now())
                    """)
            let pending = try await compare(connection.run(recorded())).pending
            for migration in pending {
                try await connection.run(script: migration.sql)
                let record = Statement(
                    """
                    INSERT INTO \(table) (number, name, checksum)
                    VALUES ($1::int, $2::text, encode(sha256(convert_to($3::text, 'UTF8')), 'hex'))
                    """)
                try await connection.run(record(migration.number, migration.name, migration.sql))
            }
            try await connection.run(script: "COMMIT")
            return pending
        } catch {
            try? await connection.run(script: "ROLLBACK")
            throw error
        }
    }

    /// The same for the same table, so that whoever migrates it waits for whoever does.
    private var lockKey: Int {
        table.utf8.reduce(5381) { ($0 &* 33 &+ Int($1)) & 0x7FFF_FFFF_FFFF }
    }

    /// What has been applied, and whether each is what this program has under its number.
    private func recorded() -> Query {
        Statement(
            """
            SELECT recorded.number, recorded.checksum = encode(sha256(convert_to(known.sql, 'UTF8')), 'hex')
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
