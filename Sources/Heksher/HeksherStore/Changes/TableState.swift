import HeksherDomain
import LibPQ

/// Settings with all their rules, some further rules and the context features, as one transaction sees them after it has locked them.
struct TableState {
    /// The rows.
    let rows: TableRows
    /// Everything in the rows that the service would refuse.
    let problems: Set<StateProblem>

    /// - Parameters:
    ///   - settings: names.
    ///   - rules: IDs of rules in addition to those of the settings.
    /// - Throws: ``ChangeTooLarge``; `PostgresError`.
    init(_ settings: Set<String>, rules: Set<Int> = [], in transaction: Transaction, _ store: Store) async throws {
        let names = settings.sorted()
        let limit = ChangeReview.maximumRowCount
        let found = try await transaction.run([HistoryStatements.rulesOfSettings(names, limit + 1)])
        guard found[0].count <= limit else { throw ChangeTooLarge() }
        let ids = try found[0].reduce(into: rules) { $0.insert(try $1.int(0)) }
        let parts = try await transaction.run(HistoryStatements.presentRows(names, ids.sorted()))
        (rows, problems) = try await store.computing(with: parts) {
            let rows = try TableRows(parts[...])
            return (rows, Set(rows.problems()))
        }
    }
}
