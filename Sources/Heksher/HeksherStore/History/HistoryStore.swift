import HeksherDomain
import LibPQ

// The history.
extension Store {
    /// The maximum numbers of items, and of rows, that are read for each change.
    private static let sizes = (list: (items: 100, rows: 5000), single: (items: 1000, rows: 100_000))

    /// Changes before another one, the latest first.
    ///
    /// - Parameters:
    ///   - last: the ID of a change; `nil` for the latest changes.
    ///   - prefixes: the beginnings of names, if the caller may see only these settings. Items of others are left out.
    /// - Returns: at most `count` changes, and the ID before which the next ones are; `nil` after the last change.
    /// - Throws: `PostgresError`.
    public func changes(
        before last: Int?, matching filter: ChangeFilter, count: Int, prefixes: [String]?
    ) async throws -> (changes: [HistoryChange], next: Int?) {
        try await reading { connection in
            var names: [(name: String, first: Int, last: Int)]?
            if let setting = filter.setting { names = try await self.names(of: setting, connection) }
            let query = HistoryStatements.list(
                before: last ?? Int.max, filter, names: names, prefixes: prefixes, count: count + 1)
            let found = try await connection.run([query])[0]
            let changes = try found.prefix(count).map { try HistoryChange($0) }
            let next = found.count > count ? changes.last?.id : nil
            return (try await complete(changes, Self.sizes.list, connection), next)
        }
    }

    /// The change with an ID; `nil` if the history has no such change, or if the caller may see none of its items.
    ///
    /// - Throws: `PostgresError`.
    public func change(_ id: Int) async throws -> HistoryChange? {
        try await reading { connection in
            let found = try await connection.run([HistoryStatements.find(id)])[0]
            return try await complete(found.map { try HistoryChange($0) }, Self.sizes.single, connection).first
        }
    }

    /// Deletes changes that are older than a number of days, at most a thousand at a time, so that no writer waits.
    ///
    /// - Returns: whether some were deleted.
    /// - Throws: `PostgresError`, for example if the database's user does not own the history.
    public func deleteChanges(olderThanDays days: Int) async throws -> Bool {
        guard let schema = try await pool.run(HistoryStatements.ownSchema()).first?.string(0) else { return false }
        let deletion = HistoryStatements.deletion(in: schema)
        return try await pool.run(deletion(days)).first?.int(0) ?? 0 > 0
    }

    /// Runs statements that see the tables at one moment.
    func reading<Value: Sendable>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await pool.withConnection { connection in
            do {
                _ = try await connection.run([ReadingTransaction.begin(), ReadingTransaction.lockTables()])
                let value = try await body(connection)
                _ = try await connection.run([ReadingTransaction.end()])
                return value
            } catch {
                if !connection.isBroken { _ = try? await connection.run([ReadingTransaction.end()]) }
                throw error
            }
        }
    }

    /// The names that a setting has had, each with the first and the last change for which it counts.
    private func names(
        of setting: String, _ connection: PostgresConnection
    ) async throws -> [(name: String, first: Int, last: Int)] {
        let present = try await connection.run([SettingStatements.presentName(lookup(setting))])[0]
        let current = try present.first?.string(0)
        if let current, !admits(current) { return [] }
        guard let name = current ?? lookup(setting) else { return [] }
        var names = [(name: name, first: 0, last: Int.max)]
        // A setting that is renamed back and forth has a segment for each name.
        while names.count < 1000 {
            let last = names[names.count - 1]
            guard let row = try await connection.run([HistoryStatements.formerName(last.name, last.last)])[0].first
            else { break }
            let (former, change) = (try row.string(0), try row.int(1))
            names[names.count - 1].first = change
            names.append((former, 0, change))
        }
        return names
    }

    /// Adds the items to changes.
    private func complete(
        _ changes: [HistoryChange], _ size: (items: Int, rows: Int), _ connection: PostgresConnection
    ) async throws -> [HistoryChange] {
        guard let first = changes.map(\.id).min() else { return [] }
        let own = try await connection.run([
            HistoryStatements.rows(changes.map(\.id), size.rows), HistoryStatements.renamings(first),
        ])
        var builder = HistoryBuilder(try own[0].rowChanges(), renamings: try own[1].rowChanges())
        let (settings, rules) = (builder.settings, builder.rules)
        let rows = try await connection.run(
            [
                HistoryStatements.rowsOfSettings(settings, first), HistoryStatements.rowsOfRules(rules, first),
                HistoryStatements.rowsOfFeatures(first),
            ] + HistoryStatements.presentRows(settings, rules))
        return try await computing(with: rows) {
            for part in rows[..<3] { builder.later += try part.rowChanges() }
            builder.rows = try TableRows(rows[3...])
            let items = builder.items()
            return changes.compactMap { change in
                var change = change
                let visible = (items[change.id] ?? []).filter { $0.isVisible(to: admits) }
                guard !visible.isEmpty else { return nil }
                change.items = Array(visible.prefix(size.items))
                change.furtherItemCount = visible.count - change.items.count
                return change
            }
        }
    }
}

extension HistoryChange {
    init(_ row: Rows.Row) throws {
        let origin: Origin =
            switch try row.string(3) {
            case "a": .api
            case "s": .schedule
            default: .sql
            }
        self.init(
            id: try row.int(0), time: try row.string(1), author: row.isNull(2) ? nil : try? row.string(2),
            origin: origin, address: row.isNull(4) ? nil : try? row.string(4),
            reason: row.isNull(5) ? nil : try? row.string(5), items: [], furtherItemCount: 0)
    }
}

extension HistoryChange.Item {
    /// Whether the caller may see all settings that the item names.
    func isVisible(to admits: (String) -> Bool) -> Bool {
        switch self {
        case .setting(let name, let before, let after):
            [before, after].allSatisfy { if case .present(let setting) = $0 { admits(setting.name) } else { true } }
                && admits(name)
        case .rule(_, let setting, let before, let after):
            [before, after].allSatisfy { if case .present(let rule) = $0 { admits(rule.setting) } else { true } }
                && admits(setting)
        case .contextFeatures: true
        }
    }
}
