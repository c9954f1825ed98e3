/// A five-character code of the SQL standard and of PostgreSQL (its manual's appendix A).
public struct SQLState: Hashable, Sendable, CustomStringConvertible {
    public var code: String

    public init(_ code: String) { self.code = code }

    public var description: String { code }

    public static let uniqueViolation = SQLState("23505")
    public static let foreignKeyViolation = SQLState("23503")
    public static let serializationFailure = SQLState("40001")
    public static let deadlockDetected = SQLState("40P01")
    public static let programLimitExceeded = SQLState("54000")
    public static let queryCanceled = SQLState("57014")
    public static let undefinedTable = SQLState("42P01")
    public static let undefinedColumn = SQLState("42703")
    static let readOnlyTransaction = SQLState("25006")
    static let unknownStatement = SQLState("26000")
    static let knownStatement = SQLState("42P05")
    static let featureNotSupported = SQLState("0A000")

    /// Whether the server cannot serve for now. By classes: the connection failed, resources are used up (connections, memory, a
    /// disk that is full), an operator intervened (shutting down, starting up), the system failed (a disk that cannot be
    /// read). One by one: it is read-only, a session was idle or a transaction took for too long, a lock was not to be had in time.
    var isUnavailability: Bool {
        ["08", "53", "57P", "58"].contains(where: code.hasPrefix)
            || ["25006", "25P03", "25P04", "55P03"].contains(code)
    }

    /// Whether what was prepared on a connection is not there, or was prepared by somebody else: a pooler gives each transaction
    /// another one of the server's sessions. Or its rows would be of other types by now, since somebody has altered a table.
    var concernsPreparedStatement: Bool {
        self == .unknownStatement || self == .knownStatement || self == .featureNotSupported
    }
}
