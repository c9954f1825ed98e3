public import HeksherDomain
import LibPQ

enum DocumentStatements {
    /// The names of all settings that begin with `$1`.
    static let names: Statement = "SELECT name FROM settings WHERE starts_with(name, $1::text)"
    static let newRuleIDs: Statement = """
        SELECT nextval(pg_get_serial_sequence('rules', 'id')) FROM generate_series(1, $1::int)
        """
    /// The time from which on the history is complete, and whether it begins after `$1`, or `$1` is in the future.
    static let beginning = Statement(
        """
        SELECT \(Moment.text("at")), \(Moment.value("$1")) < at, \(Moment.value("$1")) > clock_timestamp() FROM heksher_beginning
        """)
    /// All rows of the history since `$1`.
    static let rowsSince = Statement(
        """
        SELECT \(HistoryStatements.rowColumns) FROM heksher_history h JOIN heksher_items i ON i.change = h.id
        WHERE h.at > \(Moment.value("$1")) ORDER BY i.change DESC, i.number DESC
        """)
    static let ruleIDs: Statement = "SELECT id FROM rules"
}

// Everything as a document.
extension Store {
    /// A document of a moment.
    public enum PastDocument: Sendable {
        /// The document.
        case found(SettingsDocument)
        /// The history begins at this time, as `2026-11-28T10:00:00.123456Z`.
        case tooEarly(beginning: String)
        /// The moment is in the future.
        case inFuture
    }

    /// All settings that the caller may see, with their rules, and the context features.
    ///
    /// - Parameters:
    ///   - prefix: the beginning of the names of the settings.
    ///   - moment: in microseconds since 1970-01-01T00:00:00Z; `nil` for the present.
    /// - Throws: `PostgresError`.
    public func document(prefix: String, at moment: Int?) async throws -> PastDocument {
        try await reading { connection in
            if let moment {
                guard let row = try await connection.run([DocumentStatements.beginning(moment)])[0].first else {
                    return .inFuture
                }
                if try row.bool(1) { return .tooEarly(beginning: try row.string(0)) }
                if try row.bool(2) { return .inFuture }
            }
            // A past state can contain settings that have other names now.
            let found = try await connection.run([
                DocumentStatements.names(moment == nil ? prefix : ""), DocumentStatements.ruleIDs(),
            ])
            let names = found[0].compactMap { try? $0.string(0) }
            var ids = found[1]
            if moment == nil, !prefix.isEmpty {
                ids = try await connection.run([HistoryStatements.rulesOfSettings(names, Int(Int32.max))])[0]
            }
            let rules = try ids.map { try $0.int(0) }
            var parts = try await connection.run(HistoryStatements.presentRows(names, rules))
            if let moment { parts += try await connection.run([DocumentStatements.rowsSince(moment)]) }
            return try await computing(with: parts) {
                var rows = try TableRows(parts[..<HistoryStatements.presentRowsCount])
                if moment != nil { for row in try parts[parts.count - 1].rowChanges() { rows.undo(row) } }
                return .found(
                    SettingsDocument(rows) { $0.utf8.starts(with: prefix.utf8) && admits($0) })
            }
        }
    }

    /// Brings the settings into line with a document. The store must belong to a transaction: ``together(_:ending:)``.
    ///
    /// - Throws: ``ChangesConflict``; ``ChangeNotAdmitted``; ``ChangeTooLarge``; ``StorageFull``; `PostgresError`.
    public func apply(_ document: SettingsDocument, _ options: DocumentMerge.Options) async throws {
        var options = options
        options.changesFeatures = !isLimited
        let limits = meter.limits
        try await transaction { transaction in
            if document.features != nil { _ = try await transaction.run([FeatureStatements.lock()]) }
            let given = document.entries.flatMap { [$0.setting.name] + $0.setting.aliases }
            let found = try await transaction.run(
                [SettingStatements.canonicalNames(given)]
                    + (options.prunes ? [DocumentStatements.names(options.prefix)] : []))
            var names = Set(found.dropFirst().flatMap { $0.compactMap { try? $0.string(0) } })
            for row in found[0] where !row.isNull(0) { names.insert(try row.string(0)) }
            // Settings that the caller may not see do not exist for it, but their names are taken.
            names = names.filter(admits)
            _ = try await transaction.run([HistoryStatements.lockSettings(names.sorted())])
            let before = try await TableState(names, in: transaction, self)
            var merge = await withTaskExecutorPreference(LongWork.executor) {
                DocumentMerge(document, into: before.rows, options)
            }
            guard merge.conflicts.isEmpty else { throw ChangesConflict(merge.conflicts) }
            if merge.newRuleCount > 0 {
                let ids = try await transaction.run([DocumentStatements.newRuleIDs(merge.newRuleCount)])[0]
                merge.number(try ids.map { try $0.int(0) })
            }
            let wanted = merge.rows
            let problems = wanted.problems().filter { !before.problems.contains($0) }
            guard problems.isEmpty else {
                throw ChangesConflict(
                    problems.map { problem in
                        ChangeConflict(
                            setting: problem.setting,
                            rule: problem.rule.flatMap { before.rows.rules[$0] == nil ? nil : $0 },
                            message: problem.message)
                    })
            }
            let counts = Dictionary(grouping: wanted.rules.values, by: \.setting).values.map(\.count)
            if let most = counts.max(), most > limits.rulesPerSetting, wanted.rules.count > before.rows.rules.count {
                throw StorageFull.rules(limit: limits.rulesPerSetting)
            }
            try await checkNames(wanted, besides: before.rows, merge.renamings, transaction)
            let used = Set(wanted.configurable.values.joined())
            let gone = before.rows.features.keys.filter { wanted.features[$0] == nil && !used.contains($0) }
            if !gone.isEmpty { try await checkUnused(gone.sorted(), besides: names, transaction) }
            let edits = TableEdits(from: before.rows, to: wanted, renamings: merge.renamings)
            guard !edits.queries.isEmpty else { return }
            _ = try await commit(transaction, with: edits.queries, growth: edits.growth)
            onChange(.documentApplied)
        }
    }

    /// Checks that no other setting is configurable by context features that are to be deleted.
    private func checkUnused(_ features: [String], besides names: Set<String>, _ transaction: Transaction) async throws
    {
        let rows = try await transaction.run(
            [FeatureStatements.lockUses()] + features.map { FeatureStatements.users($0) })
        var conflicts: [ChangeConflict] = []
        for (feature, users) in zip(features, rows.dropFirst()) {
            guard let user = users.compactMap({ try? $0.string(0) }).first(where: { !names.contains($0) }) else {
                continue
            }
            conflicts.append(
                ChangeConflict(
                    setting: user,
                    message:
                        "the context feature \(feature) cannot be deleted, because the setting \(user) is configurable by it"
                ))
        }
        if !conflicts.isEmpty { throw ChangesConflict(conflicts) }
    }
}
