/// An error between a service and its database.
public enum PostgresError: Error, Hashable, Sendable {
    /// The server refused a statement.
    case server(ServerMessage)
    /// No connection is possible. The sentence, usually libpq's, contains no password. It is unknown whether a statement in progress took
    /// effect.
    case unreachable(String)
    /// The server has reached the limit of connections of the role, or of all roles together.
    case tooManyConnections(String)
    /// The connection broke. It is unknown whether a statement in progress took effect.
    case connectionLost(String)
    /// The connection broke, or no response came, during a commit. It is unknown whether the transaction took effect.
    case unconfirmed(String)
    /// All connections are in use, and the maximum number of callers waits.
    case poolExhausted
    /// No connection became free, or no response came, in time.
    case timeout
    /// The task was cancelled.
    case cancelled
    /// The pool has been closed.
    case closed
    /// A text contains a NUL, which PostgreSQL cannot store.
    case unstorableText
    /// A column does not have the expected content.
    case unexpectedResult(String)

    /// The fields of the server's error that a program needs (PostgreSQL's manual, "Error and Notice Message Fields").
    public struct ServerMessage: Hashable, Sendable {
        /// The code of the error.
        public var state: SQLState
        /// The primary message: one line for people, in the server's language.
        public var message: String
        /// A longer explanation, which can repeat stored data and parameters.
        public var detail: String?
        /// The violated constraint.
        public var constraint: String?
    }

    /// The code of the server's error.
    public var state: SQLState? {
        if case .server(let message) = self { message.state } else { nil }
    }

    /// The error with which the server refused a statement; `nil` for all other errors.
    public var refusal: ServerMessage? {
        if case .server(let message) = self { message } else { nil }
    }

    /// Whether the same transaction may succeed in another attempt.
    public var isRetryable: Bool {
        state == .serializationFailure || state == .deadlockDetected || state?.concernsPreparedStatement == true
    }

    /// Whether the database is unavailable now, independently of the statement. A service answers this with 503.
    public var isUnavailable: Bool {
        switch self {
        case .server(let message): message.state.isUnavailability || message.state == .queryCanceled || isRetryable
        case .unreachable, .tooManyConnections, .connectionLost, .unconfirmed, .poolExhausted, .timeout, .closed: true
        case .cancelled, .unstorableText, .unexpectedResult: false
        }
    }
}

extension PostgresError: CustomStringConvertible {
    /// A sentence for an operator. It may be logged: for errors about data (class 22), it leaves out the server's
    /// message, which repeats the data.
    public var description: String {
        switch self {
        // Messages about bad data (class 22) repeat the data, and this text may be logged.
        case .server(let message) where message.state.code.hasPrefix("22"): "the data are refused (\(message.state))"
        case .server(let message): "\(message.message) (\(message.state))"
        case .unreachable(let reason): "the database cannot be reached: \(reason)"
        case .tooManyConnections(let reason): "the database gives no further connection: \(reason)"
        case .connectionLost(let reason): "the connection to the database broke: \(reason)"
        case .unconfirmed(let reason): "the database did not confirm a commit: \(reason)"
        case .poolExhausted: "all connections to the database are in use, and too many requests wait for one"
        case .timeout: "the database took too long"
        case .cancelled: "cancelled"
        case .closed: "the connections to the database have been closed"
        case .unstorableText: "PostgreSQL cannot hold a text with a NUL"
        case .unexpectedResult(let what): what
        }
    }
}
