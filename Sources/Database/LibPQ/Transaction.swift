import Synchronization

/// Statements on one connection that take effect together or not at all.
///
/// `BEGIN` is sent with the first statements and `COMMIT` with the last, so that reading, deciding and writing take two round trips.
///
/// A transaction can be part of another one. Then its statements belong to the outer transaction, which alone decides whether they take
/// effect.
public final class Transaction: Sendable {
    private enum Phase {
        case new
        case open
        case ended
    }

    private let connection: PostgresConnection
    private let first: [Query]
    /// Whether another transaction decides about the end.
    private let isPart: Bool
    private let phase = Mutex(Phase.new)

    /// - Parameter first: statements that run before all others.
    init(_ connection: PostgresConnection, first: [Query]) {
        self.connection = connection
        self.first = first
        isPart = false
    }

    /// Creates a part of another transaction, which must have run statements.
    public init(within outer: Transaction) {
        connection = outer.connection
        first = []
        isPart = true
    }

    /// The statements before the first ones. The transaction is open after this.
    private func open() -> [Query] {
        guard !isPart else { return [] }
        return phase.withLock { phase in
            defer { phase = .open }
            return phase == .new ? [beginning()] + first : []
        }
    }

    /// Runs statements in one round trip.
    public func run(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        let opening = open()
        return Array(try await connection.run(opening + queries).dropFirst(opening.count))
    }

    /// Runs statements, if any, and commits the transaction, in one round trip. A part of another transaction only runs the statements.
    ///
    /// - Throws: ``PostgresError/unconfirmed(_:)`` if it is unknown whether the transaction took effect.
    @discardableResult
    public func commit(with queries: [Query] = []) async throws(PostgresError) -> [Rows] {
        if isPart { return try await run(queries) }
        let opening = open()
        let rows: [Rows]
        do {
            rows = try await connection.run(opening + queries + [committing()])
        } catch {
            switch error {
            case .unreachable, .connectionLost, .timeout, .cancelled: throw .unconfirmed("\(error)")
            default: throw error
            }
        }
        phase.withLock { $0 = .ended }
        return Array(rows.dropFirst(opening.count).dropLast())
    }

    /// Rolls back if the transaction was not committed. On a broken connection, the server rolls back.
    func rollBackIfOpen() async {
        guard !isPart, !connection.isBroken else { return }
        let isOpen = phase.withLock { phase in
            defer { if phase == .open { phase = .ended } }
            return phase == .open
        }
        if isOpen { _ = try? await connection.run(rollingBack()) }
    }
}

private let beginning: Statement = "BEGIN"
private let committing: Statement = "COMMIT"
private let rollingBack: Statement = "ROLLBACK"

extension PostgresPool {
    /// Runs a transaction, and runs it again after a collision with another one: if the server found a deadlock or could not serialize it,
    /// or if the body throws ``TransactionCollision``.
    ///
    /// If the body does not commit, the transaction is rolled back.
    ///
    /// - Parameter first: statements that run before those of the body.
    public func transaction<Value>(
        attempts: Int = 10, first: [Query] = [], _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        try await withConnection { connection in
            var attempt = 1
            while true {
                let transaction = Transaction(connection, first: first)
                do {
                    let value = try await body(transaction)
                    await transaction.rollBackIfOpen()
                    return value
                } catch {
                    await transaction.rollBackIfOpen()
                    let isCollision = error is TransactionCollision || (error as? PostgresError)?.isRetryable == true
                    guard isCollision, attempt < attempts else { throw error }
                    attempt += 1
                }
            }
        }
    }
}

/// Another transaction has changed the data that this one read, so it must run again.
public struct TransactionCollision: Error {
    /// Creates the error, which has no details.
    public init() {}
}
