import LibPQ

/// The client for whom the service makes a change, and the client's reason. The history contains both.
public struct ChangeAuthor: Sendable, Hashable {
    /// The author of the changes that the current task makes. Without one, the history names the database's user.
    @TaskLocal public static var current: ChangeAuthor?

    /// The maximum number of characters of a reason.
    public static let maximumReasonLength = 500

    /// The origin of the changes.
    public var origin: HistoryChange.Origin
    /// The name of the token or of the user; `nil` if it is unknown.
    public var name: String?
    /// The client's address; `nil` for a Unix socket.
    public var address: String?
    /// The reason, in the client's words.
    public var reason: String?

    /// Creates an author.
    public init(origin: HistoryChange.Origin = .api, name: String?, address: String?, reason: String?) {
        self.origin = origin
        self.name = name
        self.address = address
        self.reason = reason
    }

    /// Tells the triggers about the author, for the transaction in which it runs.
    var announcement: Query { Self.announcing(name, address, reason, origin == .schedule ? "s" : "a") }

    private static let announcing: Statement = """
        SELECT set_config('heksher.via', $4::text, true), set_config('heksher.name', coalesce($1::text, ''), true),
            set_config('heksher.address', coalesce($2::text, ''), true), set_config('heksher.reason', coalesce($3::text, ''), true)
        """
}
