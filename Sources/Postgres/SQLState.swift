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

    /// Whether the server cannot serve for now: too many connections, shutting down, starting up, read-only.
    var isUnavailability: Bool {
        ["53300", "57P01", "57P02", "57P03", "25006"].contains(code) || code.hasPrefix("08")
    }
}
