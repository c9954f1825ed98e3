package import LibPQ

/// Statements that read which transactions have changed something: see `migrations/0004_own_schema.sql`.
package enum ChangeStatements {
    /// The maximum number of rows of ``notes``; if there is one more, something may be missing.
    static let maximumRows = 2000
    /// The notes of all transactions since a position, and the note of the last known transaction of each slot.
    ///
    /// | column | meaning |
    /// | --- | --- |
    /// | 0–2 | a slot with another token than the known one: slot, number, token |
    /// | 3, 4 | one of the slot's transactions, from the known one on: number, token; NULL if none of them is recorded |
    /// | 5 | a setting that it changed, or empty for everything |
    /// | 6 | whether it changed only a rule of the setting |
    /// | 7 | the setting that this rule belongs to now, or NULL |
    ///
    /// Without known tokens, the rows contain all slots. `OFFSET 0` makes PostgreSQL use indexes, whatever it knows about the tables' sizes.
    package static let notes = Statement(
        """
        SELECT slot, moved.number, moved.token, note.* FROM (
            SELECT slot, number, token, ($1::bigint[])[slot][1] AS known_number
            FROM heksher_revisions WHERE token IS DISTINCT FROM ($1::bigint[])[slot][2] OFFSET 0) AS moved
        LEFT JOIN LATERAL (
            SELECT c.number, c.token, c.setting, c.rule <> '' AS is_rule,
                (SELECT r.setting FROM rules r WHERE r.id = nullif(c.rule, '')::bigint)
            FROM heksher_changes c WHERE c.slot = moved.slot AND c.number >= known_number OFFSET 0) AS note ON true
        LIMIT \(maximumRows + 1)
        """)
}

/// The rows of ``ChangeStatements/notes``.
package struct ChangeNotes {
    private struct Slot {
        var number: Int
        var token: Int
        /// By the number of the transaction.
        var transactions: [Int: (token: Int, change: RecordedChange)] = [:]
    }

    private var slots: [Int: Slot] = [:]
    /// Whether notes may be missing from the rows.
    private let isCutOff: Bool

    package init(_ rows: Rows) throws {
        isCutOff = rows.count > ChangeStatements.maximumRows
        for row in rows {
            let number = try row.int(0)
            var slot = try slots.removeValue(forKey: number) ?? Slot(number: row.int(1), token: row.int(2))
            if !row.isNull(3) {
                let transaction = try row.int(3)
                var entry =
                    try slot.transactions.removeValue(forKey: transaction)
                    ?? (token: row.int(4), change: RecordedChange())
                // Only SQL can create a setting whose name is not UTF-8, and no client can name it.
                let name = try? row.string(5)
                try entry.change.note(name, isRule: row.bool(6), owner: row.isNull(7) ? nil : try? row.string(7))
                slot.transactions[transaction] = entry
            }
            slots[number] = slot
        }
    }

    /// The transactions after a position.
    ///
    /// - Parameters:
    ///   - position: the position whose ``ChangePosition/text`` was the statement's parameter.
    ///   - end: the position up to which transactions count; `nil` for all.
    /// - Returns: `nil` if they are unknown, or if one of them changed everything.
    package func changes(since position: ChangePosition, upTo end: ChangePosition?) -> [PositionedChange]? {
        var known: [Int: ChangePosition.Transaction] = [:]
        for number in slots.keys { known[number] = position.slots[number] }
        return changes(since: position, known, upTo: end)
    }

    /// The transactions after a mark, as far as they are not after `end`.
    ///
    /// - Returns: `nil` if they are unknown, or if one of them changed everything.
    func changes(since mark: ChangeMark, upTo end: ChangePosition) -> [PositionedChange]? {
        guard Set(slots.keys) == Set(mark.numbers.keys) else { return nil }
        var known: [Int: ChangePosition.Transaction] = [:]
        for (number, slot) in slots {
            guard let transaction = mark.numbers[number], let token = slot.transactions[transaction]?.token else {
                return nil
            }
            known[number] = ChangePosition.Transaction(number: transaction, token: token)
        }
        let position = ChangePosition(known)
        guard UInt64(truncatingIfNeeded: position.total) == mark.check else { return nil }
        return changes(since: position, known, upTo: end)
    }

    private func changes(
        since position: ChangePosition, _ known: [Int: ChangePosition.Transaction], upTo end: ChangePosition?
    ) -> [PositionedChange]? {
        if isCutOff { return nil }
        if let end {
            guard Set(end.slots.keys) == Set(position.slots.keys) else { return nil }
            for (number, last) in end.slots where last != position.slots[number] {
                // The end must belong to the same history.
                guard let known = position.slots[number],
                    last.number < known.number || slots[number]?.transactions[last.number]?.token == last.token
                else { return nil }
            }
        }
        var position = position
        var changes: [PositionedChange] = []
        for (number, slot) in slots.sorted(by: { $0.key < $1.key }) {
            // Without the known transaction, the slot may have another history, or later notes may be gone.
            guard let known = known[number], slot.transactions[known.number]?.token == known.token,
                end != nil || slot.transactions[slot.number] != nil
            else { return nil }
            let last = end?.slots[number] ?? ChangePosition.Transaction(number: slot.number, token: slot.token)
            for (transaction, entry) in slot.transactions.sorted(by: { $0.key < $1.key })
            where transaction > known.number && transaction <= last.number {
                if entry.change.isEverything { return nil }
                position.set(number, ChangePosition.Transaction(number: transaction, token: entry.token))
                changes.append(PositionedChange(change: entry.change, position: position))
            }
        }
        return changes
    }
}

/// A committed transaction, as its notes describe it.
public struct RecordedChange: Sendable, Hashable {
    /// The names of the changed settings. A renamed setting appears with its old name and its new one.
    public private(set) var settings: Set<String> = []
    /// Whether it changed the list of context features. A setting can have the name that stands for that.
    public private(set) var concernsContextFeatures = false
    /// Whether it changed more than rules, so that names may lead to other settings now.
    public private(set) var concernsWholeSettings = false
    /// Whether it may have changed anything.
    fileprivate private(set) var isEverything = false

    /// The name that triggers note for the list of context features.
    package static let contextFeatures = "context_features"

    fileprivate mutating func note(_ name: String?, isRule: Bool, owner: String?) {
        if name == "" { isEverything = true }
        if !isRule { concernsWholeSettings = true }
        if !isRule, name == Self.contextFeatures { concernsContextFeatures = true }
        if let name { settings.insert(name) }
        if let owner { settings.insert(owner) }
    }

    /// Leaves the list of context features out of the settings, if no setting has its name.
    package mutating func hasNoSettingCalledContextFeatures() {
        if concernsContextFeatures { settings.remove(Self.contextFeatures) }
    }
}

/// A committed transaction and the position after it.
public struct PositionedChange: Sendable {
    /// The transaction.
    public package(set) var change: RecordedChange
    /// The position after it, and after all changes that were reported before it.
    public let position: ChangePosition
}
