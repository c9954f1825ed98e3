/// What can go wrong between a service and its database.
public enum PostgresError: Error, Hashable, Sendable {
    /// The server refused a statement.
    case server(ServerMessage)
    /// No connection can be made; the sentence, mostly libpq's, names no password. Whether a statement under way took effect is
    /// unknown.
    case unreachable(String)
    /// The connection broke. Whether a statement under way took effect is unknown.
    case connectionLost(String)
    /// The connection broke, or no answer came, while a transaction was being committed. Whether it took effect is unknown.
    case unconfirmed(String)
    /// All connections are in use, and as many callers wait as may.
    case poolExhausted
    /// No connection was free, or no answer came, in time.
    case timeout
    /// The task was cancelled.
    case cancelled
    /// The pool has been closed.
    case closed
    /// A text holds a NUL, which PostgreSQL has no place for.
    case unstorableText
    /// A column is not what was expected of it.
    case unexpectedResult(String)

    public struct ServerMessage: Hashable, Sendable {
        public var state: SQLState
        public var message: String
        public var detail: String?
        /// The constraint that was violated.
        public var constraint: String?
    }

    /// The code of the server's refusal.
    public var state: SQLState? {
        if case .server(let message) = self { message.state } else { nil }
    }

    /// Whether the same transaction may succeed if it is tried again.
    public var isRetryable: Bool {
        state == .serializationFailure || state == .deadlockDetected || state?.concernsPreparedStatement == true
    }

    /// Whether the database cannot be used for now, through no fault of the statement's: what a service answers with 503.
    public var isUnavailable: Bool {
        switch self {
        case .server(let message): message.state.isUnavailability || message.state == .queryCanceled || isRetryable
        case .unreachable, .connectionLost, .unconfirmed, .poolExhausted, .timeout, .closed: true
        case .cancelled, .unstorableText, .unexpectedResult: false
        }
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        switch self {
        // What is said of bad data (class 22) repeats it, and this may be written down.
        case .server(let message) where message.state.code.hasPrefix("22"): "the data are refused (\(message.state))"
        case .server(let message): "\(message.message) (\(message.state))"
        case .unreachable(let reason): "the database cannot be reached: \(reason)"
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
