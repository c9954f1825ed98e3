/// A five-character code of the SQL standard and of PostgreSQL (its manual's appendix A).
public struct SQLState: Hashable, Sendable, CustomStringConvertible {
    /// The five characters, such as `23505`. The first two are the class of the error.
    public var code: String

    /// Creates a code from its five characters.
    public init(_ code: String) { self.code = code }

    /// The five characters.
    public var description: String { code }

    /// A row with the same unique key exists.
    public static let uniqueViolation = SQLState("23505")
    /// A row refers to one that does not exist, or is referred to and cannot be deleted.
    public static let foreignKeyViolation = SQLState("23503")
    /// The transaction conflicts with a concurrent one and must run again.
    public static let serializationFailure = SQLState("40001")
    /// The server ended the transaction to resolve a deadlock. It may succeed in another attempt.
    public static let deadlockDetected = SQLState("40P01")
    /// The statement or its data exceed a fixed limit of PostgreSQL, such as the size of an index row.
    public static let programLimitExceeded = SQLState("54000")
    /// The statement was cancelled, by a timeout or by an operator.
    public static let queryCanceled = SQLState("57014")
    /// The statement names a table that does not exist.
    public static let undefinedTable = SQLState("42P01")
    /// The statement names a column that does not exist.
    public static let undefinedColumn = SQLState("42703")
    static let tooManyConnections = SQLState("53300")
    static let readOnlyTransaction = SQLState("25006")
    static let unknownStatement = SQLState("26000")
    static let knownStatement = SQLState("42P05")
    static let featureNotSupported = SQLState("0A000")

    /// Whether the server cannot serve now. By class: the connection failed, resources are exhausted (connections, memory, a full disk), an
    /// operator intervened (shutdown, startup), the system failed (an unreadable disk). By code: the server is read-only, a session was
    /// idle or a transaction took too long, a lock was not available in time.
    var isUnavailability: Bool {
        ["08", "53", "57P", "58"].contains(where: code.hasPrefix)
            || ["25006", "25P03", "25P04", "55P03"].contains(code)
    }

    /// Whether the statement names something that does not exist or that the role has no right to, whatever the values of its parameters.
    /// The server refuses the same statement until something is granted, created or renamed.
    public var concernsDefinitions: Bool { ["42", "3F", "0A"].contains(where: code.hasPrefix) }

    /// Whether a prepared statement is missing on a connection, or another program prepared it, because a pooler gives each transaction
    /// another session. Or its rows would have other types by now, because a table was altered.
    var concernsPreparedStatement: Bool {
        self == .unknownStatement || self == .knownStatement || self == .featureNotSupported
    }
}
