import LibPQ

// Several operations that take effect together.
extension Store {
    /// The end of a transaction after its review.
    public enum Ending: Sendable {
        /// All changes take effect.
        case commit
        /// Nothing changes.
        case rollBack
    }

    /// Runs operations of the store in one transaction. It runs them again after a collision with another transaction.
    ///
    /// - Parameters:
    ///   - body: runs operations of the store that it gets, one after the other. If it throws or returns `nil`, nothing changes.
    ///   - ending: decides what happens, once the changes are known.
    /// - Returns: the result of `body` and the changes; `nil` if `body` returned `nil`.
    /// - Throws: the errors of `body`; ``ChangeTooLarge``; `PostgresError`.
    public func together<Value: Sendable>(
        _ body: (Store) async throws -> Value?, ending: (Value, ChangeReview) throws -> Ending
    ) async throws -> (value: Value, review: ChangeReview)? {
        try await storing {
            let result: (value: Value, review: ChangeReview, changes: [CommittedChange])? = try await open {
                transaction in
                let joined = JoinedTransaction(transaction)
                do {
                    let result = try await run(body, ending, joined)
                    if result?.isCommitted != true { meter.remove(joined.growth) }
                    return result.map { ($0.value, $0.review, $0.isCommitted ? joined.changes : []) }
                } catch {
                    meter.remove(joined.growth)
                    if let state = (error as? PostgresError)?.state,
                        state == .uniqueViolation || state == .foreignKeyViolation
                    {
                        throw TransactionCollision()
                    }
                    throw error
                }
            }
            guard let result else { return nil }
            for change in result.changes { onChange(change) }
            return (result.value, result.review)
        }
    }

    private func run<Value: Sendable>(
        _ body: (Store) async throws -> Value?, _ ending: (Value, ChangeReview) throws -> Ending,
        _ joined: JoinedTransaction
    ) async throws -> (value: Value, review: ChangeReview, isCommitted: Bool)? {
        var store = self
        store.joined = joined
        // The parts belong to a transaction that has begun.
        _ = try await joined.transaction.run([])
        guard let value = try await body(store) else { return nil }
        let review = try await review(joined.transaction)
        guard try ending(value, review) == .commit else { return (value, review, false) }
        try await joined.transaction.commit()
        return (value, review, true)
    }
}
