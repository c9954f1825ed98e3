public import ContractJSON
import LibPQ

/// Operations that the service runs together at a time.
public struct ScheduledChange: Sendable {
    /// The state of a scheduled change.
    public enum State: String, Sendable {
        /// It will be made.
        case pending = "p"
        /// It was made.
        case done = "d"
        /// It was refused.
        case failed = "f"
    }

    /// Its ID.
    public var id: Int
    /// The time at which it is made, in UTC: `2026-11-28T10:00:00.123456Z`.
    public var time: String
    /// The operations: a JSON array, as they were given.
    public var operations: JSONValue
    /// The name of the token or of the user; `nil` if it is unknown.
    public var name: String?
    /// The address of the client; `nil` if it is unknown.
    public var address: String?
    /// The reason; `nil` if the client gave none.
    public var reason: String?
    /// The beginnings of names, if only settings with such names may be changed.
    public var prefixes: [String]?
    /// The state.
    public var state: State
    /// The time at which it was made or failed; `nil` if it is pending.
    public var finishTime: String?
    /// The ID of the change in the history; `nil` if it was not made, or changed nothing.
    public var change: Int?
    /// The refusal, if it failed.
    public var answer: JSONValue?
}

private enum ScheduledStatements {
    static let columns = """
        id, \(Moment.text("at")), operations, name, address, reason, to_json(prefixes)::text, state, \(Moment.text("finished_at")),
        change, answer
        """
    /// Whether the limits `$1` of a token include those of the token that has scheduled the change.
    static let isVisible = """
        ($1::text[] IS NULL OR prefixes IS NOT NULL AND NOT EXISTS (
            SELECT FROM unnest(prefixes) AS own(prefix)
            WHERE NOT EXISTS (SELECT FROM unnest($1::text[]) AS admitted(prefix) WHERE starts_with(own.prefix, admitted.prefix))))
        """
    static let add = Statement(
        """
        INSERT INTO heksher_scheduled (at, operations, name, address, reason, prefixes)
        SELECT \(Moment.value("$1")), $2::text, $3::text, $4::text, $5::text, $6::varchar[]
        WHERE \(Moment.value("$1")) > clock_timestamp()
        RETURNING \(columns)
        """)
    static let list = Statement(
        """
        SELECT \(columns) FROM heksher_scheduled
        WHERE \(isVisible) AND (state = 'p' OR finished_at > now() - interval '30 days')
        ORDER BY state <> 'p', CASE state WHEN 'p' THEN at END, finished_at DESC, id LIMIT 1000
        """)
    static let find = Statement("SELECT \(columns) FROM heksher_scheduled WHERE \(isVisible) AND id = $2::bigint")
    static let delete = Statement("DELETE FROM heksher_scheduled WHERE \(isVisible) AND id = $2::bigint")

    static let due: Statement = """
        SELECT id FROM heksher_scheduled WHERE state = 'p' AND at <= clock_timestamp() ORDER BY at, id LIMIT 100
        """
    static let hasExpired: Statement = """
        SELECT EXISTS (SELECT FROM rules WHERE expires_at IS NOT NULL AND expires_at <= clock_timestamp())
        """
    /// Another instance may be making the change.
    static let take = Statement(
        "SELECT \(columns) FROM heksher_scheduled WHERE id = $1::bigint AND state = 'p' FOR UPDATE SKIP LOCKED")
    static let finish: Statement = """
        UPDATE heksher_scheduled SET state = 'd', finished_at = clock_timestamp(), change = (SELECT change FROM heksher_present_change)
        WHERE id = $1::bigint
        """
    static let fail: Statement = """
        UPDATE heksher_scheduled SET state = 'f', finished_at = clock_timestamp(), answer = $2::text WHERE id = $1::bigint AND state = 'p'
        """
    static let deleteExpired: Statement = """
        DELETE FROM rules WHERE id IN (
            SELECT id FROM rules WHERE expires_at IS NOT NULL AND expires_at <= clock_timestamp()
            ORDER BY expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
        RETURNING id, setting
        """
    static let deleteOld: Statement = """
        DELETE FROM heksher_scheduled WHERE state <> 'p' AND finished_at < now() - interval '30 days'
        """
}

// Scheduled changes.
extension Store {
    /// Keeps operations to be run at a time.
    ///
    /// - Parameters:
    ///   - operations: a JSON array.
    ///   - moment: in microseconds since 1970-01-01T00:00:00Z.
    ///   - prefixes: the beginnings of names, if only settings with such names may be changed.
    /// - Returns: `nil` if the time is not in the future, by the database's clock.
    /// - Throws: `PostgresError`.
    public func schedule(
        _ operations: JSONValue, at moment: Int, prefixes: [String]?
    ) async throws -> ScheduledChange? {
        let author = ChangeAuthor.current
        let row = try await pool.run(
            ScheduledStatements.add(moment, operations.text, author?.name, author?.address, author?.reason, prefixes)
        ).first
        return try row.map { try ScheduledChange($0) }
    }

    /// The scheduled changes: the pending ones first, by time, then those of the last 30 days, the latest first. At most 1,000.
    ///
    /// - Parameter prefixes: the limits of the caller's token, if it has some.
    /// - Throws: `PostgresError`.
    public func scheduledChanges(prefixes: [String]?) async throws -> [ScheduledChange] {
        try await pool.run(ScheduledStatements.list(prefixes)).map { try ScheduledChange($0) }
    }

    /// The scheduled change with an ID; `nil` if the caller may see no such change.
    ///
    /// - Throws: `PostgresError`.
    public func scheduledChange(_ id: Int, prefixes: [String]?) async throws -> ScheduledChange? {
        try await pool.run(ScheduledStatements.find(prefixes, id)).first.map { try ScheduledChange($0) }
    }

    /// - Returns: whether there was one that the caller may see.
    /// - Throws: `PostgresError`.
    public func deleteScheduledChange(_ id: Int, prefixes: [String]?) async throws -> Bool {
        try await pool.run(ScheduledStatements.delete(prefixes, id)).affectedCount > 0
    }

    // MARK: Making them

    /// The IDs of pending changes whose time has come, and whether rules have expired.
    ///
    /// - Throws: `PostgresError`.
    public func dueWork() async throws -> (changes: [Int], hasExpiredRules: Bool) {
        let rows = try await pool.run([ScheduledStatements.due(), ScheduledStatements.hasExpired()])
        return (try rows[0].map { try $0.int(0) }, try rows[1].first?.bool(0) ?? false)
    }

    /// A pending change, which no other instance can make until the transaction of the store ends; `nil` if another one is making it, or
    /// has made it. The store must belong to a transaction: ``together(_:ending:)``.
    ///
    /// - Throws: `PostgresError`.
    public func takeScheduledChange(_ id: Int) async throws -> ScheduledChange? {
        try await run(ScheduledStatements.take(id)).first.map { try ScheduledChange($0) }
    }

    /// Records that the transaction of the store has made a scheduled change.
    ///
    /// - Throws: `PostgresError`.
    public func finishScheduledChange(_ id: Int) async throws {
        _ = try await run([HistoryStatements.recordNow(), ScheduledStatements.finish(id)])
    }

    /// Records that a scheduled change was refused.
    ///
    /// - Throws: `PostgresError`.
    public func failScheduledChange(_ id: Int, _ answer: JSONValue) async throws {
        _ = try await pool.run(ScheduledStatements.fail(id, answer.text))
    }

    /// Deletes rules that have expired, at most a thousand at a time, in one transaction.
    ///
    /// - Throws: `PostgresError`.
    public func deleteExpiredRules() async throws {
        let deleted = try await transaction { transaction in
            try await transaction.commit(with: [ScheduledStatements.deleteExpired()])[0].map {
                (id: try $0.int(0), setting: (try? $0.string(1)) ?? "")
            }
        }
        for rule in deleted { onChange(.ruleExpired(rule.id, setting: rule.setting)) }
    }

    /// Deletes scheduled changes that were made or failed more than 30 days ago.
    ///
    /// - Throws: `PostgresError`.
    public func deleteOldScheduledChanges() async throws { try await pool.run(ScheduledStatements.deleteOld()) }
}

extension ScheduledChange {
    fileprivate init(_ row: Rows.Row) throws {
        func text(_ column: Int) throws -> String? { row.isNull(column) ? nil : try row.string(column) }
        self.init(
            id: try row.int(0), time: try row.string(1),
            operations: (try? row.json(2, "the operations")) ?? JSONValue { $0.writeNull() },
            name: try text(3), address: try text(4), reason: try text(5),
            prefixes: row.isNull(6) ? nil : try row.strings(6, "the prefixes"),
            state: State(rawValue: try row.string(7)) ?? .pending, finishTime: try text(8),
            change: row.isNull(9) ? nil : try row.int(9), answer: row.isNull(10) ? nil : try? row.json(10, "the answer")
        )
    }
}
