import LibPQ

// Changes that clients have missed.
extension Store {
    /// The changes after a mark that a client has kept.
    ///
    /// - Parameter end: the position up to which changes count.
    /// - Returns: `nil` if they are unknown, or if one of them changed everything.
    /// - Throws: `PostgresError`.
    public func changes(since mark: ChangeMark, upTo end: ChangePosition) async throws -> [PositionedChange]? {
        do {
            return try await ChangeNotes(pool.run(ChangeStatements.notes(mark.text))).changes(since: mark, upTo: end)
        } catch let error as PostgresError {
            switch error {
            case .server, .unexpectedResult: return nil
            default: throw error
            }
        }
    }
}
