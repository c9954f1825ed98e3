public import HeksherDomain
import LibPQ

/// A change or a document cannot be applied, because it conflicts with other changes.
public struct ChangesConflict: Error, Sendable {
    /// The maximum number of conflicts.
    static let maximumCount = 100

    /// The conflicts, at least one.
    public var conflicts: [ChangeConflict]

    /// Takes the first conflicts.
    public init(_ conflicts: [ChangeConflict]) {
        self.conflicts = Array(conflicts.prefix(Self.maximumCount))
    }
}

/// The caller may not change everything that a change concerns.
public struct ChangeNotAdmitted: Error {}

// Undoing changes.
extension Store {
    /// Restores everything that a change has added, changed or deleted. The store must belong to a transaction:
    /// ``together(_:ending:)``.
    ///
    /// - Returns: whether the history has a change with this ID that the caller may see.
    /// - Throws: ``ChangesConflict`` if later changes have modified the same things, or if the result would not be valid;
    ///   ``ChangeNotAdmitted``; ``ChangeTooLarge``; ``StorageFull``; `PostgresError`.
    public func undo(_ id: Int) async throws -> Bool {
        try await transaction { transaction in
            guard let own = try await rows(ofChange: id, transaction) else { return false }
            if own.contains(where: { $0.kind == .contextFeature }) {
                _ = try await transaction.run([FeatureStatements.lock()])
            }
            var later = try await laterRows(own, since: id, transaction)
            // Another transaction may have ended while this one waited for the locks.
            later = try await laterRows(own, since: id, transaction)
            let comparison = LaterChanges(own, later: later)
            if !comparison.conflicts.isEmpty { throw ChangesConflict(comparison.conflicts.map(visible)) }
            let rows = own.map { $0.renamed(comparison.presentNames) }
            let names = rows.settingNames.union(later.settingNames)
            let before = try await TableState(names, rules: Set(rows.compactMap(\.rule)), in: transaction, self)
            var wanted = before.rows
            for row in rows.reversed() { wanted.undo(row) }
            let renamings = rows.reversed().filter { $0.kind == .renaming }.compactMap { row in
                row.setting.flatMap { name in row.part.map { (name: $0, newName: name) } }
            }
            try await check(before, wanted, later, since: id, transaction)
            try await checkNames(wanted, besides: before.rows, renamings, transaction)
            let edits = TableEdits(from: before.rows, to: wanted, renamings: renamings)
            if !edits.queries.isEmpty { _ = try await commit(transaction, with: edits.queries, growth: edits.growth) }
            onChange(.changeUndone(id))
            return true
        }
    }

    /// The rows of a change, in order; `nil` if the history does not have it, or if the caller may see none of its items.
    private func rows(ofChange id: Int, _ transaction: Transaction) async throws -> [RowChange]? {
        let limit = ChangeReview.maximumRowCount
        let found = try await transaction.run([HistoryStatements.find(id), HistoryStatements.rows([id], limit + 1)])
        guard !found[0].isEmpty, !found[1].isEmpty else { return nil }
        guard found[1].count <= limit else { throw ChangeTooLarge() }
        let own = try found[1].rowChanges().sorted(by: HistoryBuilder.isEarlier)
        let names = own.settingNames
        if names.contains(where: { !admits($0) }) || isLimited && own.contains(where: { $0.kind == .contextFeature }) {
            if names.contains(where: admits) { throw ChangeNotAdmitted() }
            return nil
        }
        return own
    }

    /// The rows of later changes that concern the same things. Other writers of these wait from now on.
    private func laterRows(
        _ own: [RowChange], since id: Int, _ transaction: Transaction
    ) async throws -> [RowChange] {
        let renamings = try await transaction.run([HistoryStatements.renamings(id + 1)])[0].rowChanges()
            .sorted(by: HistoryBuilder.isEarlier)
        var names = own.settingNames
        for row in renamings {
            if let name = row.setting, names.contains(name), let next = row.part { names.insert(next) }
        }
        let (settings, rules) = (names.sorted(), Set(own.compactMap(\.rule)).sorted())
        let rows = try await transaction.run([
            HistoryStatements.lockSettings(settings), HistoryStatements.lockRules(rules),
            HistoryStatements.rowsOfSettings(settings, id + 1),
            HistoryStatements.rowsOfRulesOfSettings(settings, id + 1),
            HistoryStatements.rowsOfRules(rules, id + 1), HistoryStatements.rowsOfFeatures(id + 1),
        ])
        let all = try rows[2...].reduce(into: renamings) { $0 += try $1.rowChanges() }
        return Dictionary(all.map { ($0.number, $0) }) { first, _ in first }.values.sorted(by: HistoryBuilder.isEarlier)
    }

    /// Checks that the service would accept the wanted rows.
    private func check(
        _ before: TableState, _ wanted: TableRows, _ later: [RowChange], since id: Int, _ transaction: Transaction
    ) async throws {
        var conflicts = wanted.problems().filter { !before.problems.contains($0) }.map { problem in
            let culprit = later.last { row in
                if let rule = problem.rule, row.rule == rule { return true }
                if let feature = problem.feature, row.kind == .contextFeature, row.part == feature { return true }
                return problem.rule == nil && problem.feature == nil && row.setting == problem.setting
            }
            return ChangeConflict(
                change: culprit?.change, setting: problem.setting, rule: problem.rule, message: problem.message)
        }
        for id in wanted.rules.keys.sorted() where before.rows.rules[id] == nil {
            guard let name = wanted.rules[id]?.setting, wanted.settings[name] == nil else { continue }
            let culprit = later.last { $0.kind == .deletedSetting && $0.setting == name }
            conflicts.append(
                ChangeConflict(
                    change: culprit?.change, setting: name, rule: id,
                    message: "the setting \(name) of rule \(id) does not exist any more"))
        }
        if !conflicts.isEmpty { throw ChangesConflict(conflicts.map(visible)) }
    }

    /// A conflict without the name of a setting that the caller may not see.
    private func visible(_ conflict: ChangeConflict) -> ChangeConflict {
        guard let setting = conflict.setting, !admits(setting) else { return conflict }
        return ChangeConflict(
            change: conflict.change, setting: nil, message: "a change of other settings stands in the way")
    }

    /// Checks that the names and aliases of the wanted rows do not belong to other settings, and makes transactions wait that want to use
    /// them.
    func checkNames(
        _ wanted: TableRows, besides present: TableRows, _ renamings: [(name: String, newName: String)],
        _ transaction: Transaction
    ) async throws {
        var owners: [String: String] = [:]
        for name in wanted.settings.keys where present.settings[name] == nil { owners[name] = name }
        for (name, aliases) in wanted.aliases {
            for alias in aliases.subtracting(present.aliases[name] ?? []) { owners[alias] = name }
        }
        guard !owners.isEmpty else { return }
        let names = owners.keys.sorted()
        let found = try await transaction.run(
            names.map { SettingStatements.lockName($0) } + [SettingStatements.canonicalNames(names)])
        guard let rows = found.last else { return }
        var conflicts: [ChangeConflict] = []
        for row in rows {
            guard !row.isNull(0), let other = try? row.string(0), let name = try? row.string(1) else { continue }
            let owner = owners[name]
            let former = renamings.first { $0.newName == owner }?.name ?? owner
            // One that these rows rename or delete does not stand in the way.
            guard other != owner, other != former, wanted.settings[other] != nil || present.settings[other] == nil
            else {
                continue
            }
            // A setting that the caller may not see has no name.
            let holder = admits(other) ? "the setting \(other.shortened())" : "another setting"
            conflicts.append(
                ChangeConflict(
                    setting: owner, message: "the name \(name.shortened()) belongs to \(holder)"))
        }
        if !conflicts.isEmpty { throw ChangesConflict(conflicts) }
    }
}

extension RowChange {
    /// The row with the present names of settings.
    fileprivate func renamed(_ names: [String: String]) -> RowChange {
        var row = self
        row.setting = setting.map { names[$0] ?? $0 }
        if kind == .rule { row.part = part.map { names[$0] ?? $0 } }
        return row
    }
}
