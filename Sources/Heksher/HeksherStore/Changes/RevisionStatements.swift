package import LibPQ

/// Statements that read the revision of the tables, and the changes since another revision: see `migrations/0004_own_schema.sql`.
package enum RevisionStatements {
    /// The revision as one number: the sum of the tokens of its slots.
    package static let sum: Statement = "SELECT sum(token) FROM heksher_revisions"
    package static let slots: Statement = "SELECT slot, number, token FROM heksher_revisions ORDER BY slot"
    /// The maximum number of changes since a revision that are reported.
    private static let maximumChanges = 1000
    /// The maximum number of rows of ``changedRules``; if there is one more, something may be missing.
    static let maximumRuleRows = 1000
    /// The current state of the rules that have changed since a revision. For each part of a rule, there is a row of one of the kinds of
    /// ``QueriedSettingsStatements``, followed by the note of the transaction that led to it. For each note without such a part, there is
    /// one row.
    ///
    /// | column | meaning |
    /// | --- | --- |
    /// | 0–3 | `rule`, `condition` or `metadata` and its texts, or NULL |
    /// | 4–6 | a slot with another token: slot, number, token |
    /// | 7 | the number of one of the slot's transactions; NULL if none is known |
    /// | 8 | whether that is the transaction of the known revision |
    /// | 9, 10 | a setting that it changed, or empty for everything; and the ID of the rule if it changed only the rule |
    /// | 11 | as ``sum`` |
    ///
    /// The statement is as small as possible, because PostgreSQL spends more time on preparing it than on the rows. `OFFSET 0` makes
    /// PostgreSQL use indexes, whatever it knows about the tables' sizes.
    ///
    /// One statement needs no transaction around it at READ COMMITTED: PostgreSQL locks all tables of the statement, and so waits for
    /// transactions that empty one, before it chooses the moment that the statement sees.
    static let changedRules = Statement(
        """
        SELECT part.*, slot, moved.number, moved.token, note.*, (\(sum.sql)) FROM (
            SELECT slot, number, token, ($1::bigint[])[slot][1] AS known_number, ($1::bigint[])[slot][2] AS known_token
            FROM heksher_revisions WHERE token IS DISTINCT FROM ($1::bigint[])[slot][2] OFFSET 0) AS moved
        LEFT JOIN LATERAL (
            SELECT number, number = known_number AND token = known_token, setting,
                CASE WHEN number > known_number THEN nullif(rule, '')::bigint END AS rule
            FROM heksher_changes c WHERE c.slot = moved.slot AND c.number >= known_number OFFSET 0) AS note ON true
        LEFT JOIN LATERAL (
            SELECT 'rule', id::text, setting, \(StoredSize.bounded(text: "value")) FROM rules WHERE id = note.rule
            UNION ALL SELECT 'condition', rule::text, context_feature, \(QueriedSettingsStatements.conditionValue)
                FROM conditions WHERE rule = note.rule
            UNION ALL SELECT 'metadata', rule::text, key, \(QueriedSettingsStatements.metadataValue)
                FROM rule_metadata WHERE rule = note.rule) AS part ON true
        LIMIT \(maximumRuleRows + 1)
        """)
    /// The current state of the settings that have changed since a revision, or whose rules have: the rows of
    /// ``QueriedSettingsStatements``, and these.
    ///
    /// | kind | texts |
    /// | --- | --- |
    /// | `changed` | the name of a setting, or empty for everything |
    /// | `slot` | a slot with another token: slot, number, token |
    /// | `gap` | the same, if its known transaction, or a later one, is no longer recorded; and once if there are too many changes |
    /// | `sum` | as ``sum`` |
    /// | `feature` | name, position in the order; if the list of features has changed, the feature's list of values |
    ///
    /// It is one statement for the same reason as ``changedRules``.
    static let changedSettings = Statement(
        """
        WITH moved AS MATERIALIZED (
            SELECT slot, number, token, ($1::bigint[])[slot][1] AS known_number, ($1::bigint[])[slot][2] AS known_token
            FROM heksher_revisions WHERE token IS DISTINCT FROM ($1::bigint[])[slot][2]),
        noted AS MATERIALIZED (
            SELECT DISTINCT note.setting, note.rule FROM moved CROSS JOIN LATERAL (
                SELECT c.setting, nullif(c.rule, '')::bigint AS rule FROM heksher_changes c
                WHERE c.slot = moved.slot AND c.number > moved.known_number OFFSET 0) AS note
            LIMIT \(maximumChanges + 1)),
        changed AS MATERIALIZED (
            SELECT setting FROM noted
            UNION SELECT r.setting
            FROM noted CROSS JOIN LATERAL (SELECT * FROM rules WHERE id = noted.rule OFFSET 0) AS r),
        \(QueriedSettingsStatements.chosenRules(areChanged))
        \(QueriedSettingsStatements.rows(areChanged))
        UNION ALL SELECT 'changed', setting, NULL, NULL FROM changed
        UNION ALL SELECT 'feature', name, (row_number() OVER (ORDER BY index, name))::text,
            CASE WHEN EXISTS (SELECT FROM changed WHERE setting = '\(featuresName)') THEN \(FeatureValuesStatements.list) END
            FROM context_features
        UNION ALL SELECT
            CASE WHEN known_token = (
                SELECT c.token FROM heksher_changes c WHERE c.slot = moved.slot AND c.number = known_number
                ORDER BY c.setting LIMIT 1)
            THEN 'slot' ELSE 'gap' END, slot::text, number::text, token::text FROM moved
        UNION ALL (SELECT 'gap', NULL, NULL, NULL FROM noted OFFSET \(maximumChanges))
        UNION ALL SELECT 'sum', (\(sum.sql))::text, NULL, NULL
        """)
    /// The name that stands for the list of context features in notes of changes.
    static let featuresName = "context_features"
    private static let areChanged = "= ANY (ARRAY(SELECT setting FROM changed))"
}

/// The state of the tables at a moment. Equal revisions mean equal contents.
public struct Revision: Sendable, Hashable {
    package struct Slot: Sendable, Hashable {
        let slot: Int
        let number: Int
        let token: Int
        /// The slot in ``Revision/slotsText``: `{number,token}`.
        fileprivate let text: String

        package init(_ row: Rows.Row, from column: Int) throws {
            slot = try row.int(column)
            number = try row.int(column + 1)
            token = try row.int(column + 2)
            text = "{\(number),\(token)}"
        }
    }

    /// Sorted by slot.
    let slots: [Slot]
    /// As ``RevisionStatements/sum`` returns it.
    package let sum: String
    private let total: Int128
    /// The text of ``Definitions/State/whole(_:)``.
    package let definitions: String
    /// The numbers and tokens of the slots as an array in PostgreSQL's text format, `[0:1][1:2]={{number,token},{number,token}}`. A missing
    /// slot between others is NULL.
    private let slotsText: String

    package init(_ slots: [Slot], definitions: String) {
        let total = slots.reduce(Int128(0)) { $0 + Int128($1.token) }
        self.init(slots, total, sum: "\(total)", definitions: definitions)
    }

    private init(_ slots: [Slot], _ total: Int128, sum: String, definitions: String) {
        self.slots = slots
        self.total = total
        self.sum = sum
        self.definitions = definitions
        let first = slots.first?.slot ?? 0
        var next = first
        var text = "[\(first):\(slots.last?.slot ?? 0)][1:2]="
        text.reserveCapacity(48 * (slots.count + 1))
        for slot in slots {
            for _ in next..<max(next, slot.slot) { text += ",{NULL,NULL}" }
            text += slot.slot == first ? "{" : ","
            text += slot.text
            next = slot.slot + 1
        }
        slotsText = text + "}"
    }

    /// The revision after some slots have changed.
    ///
    /// - Parameter sum: as ``RevisionStatements/sum`` returns it.
    /// - Returns: `nil` if the sum differs, because SQL has added or removed slots.
    func moved(_ moved: some Sequence<Slot>, sum: String) -> Revision? {
        var (slots, total) = (slots, total)
        for slot in moved {
            guard let index = slots.firstIndex(where: { $0.slot == slot.slot }) else { return nil }
            total += Int128(slot.token) - Int128(slots[index].token)
            slots[index] = slot
        }
        return Int128(sum) == total ? Revision(slots, total, sum: sum, definitions: definitions) : nil
    }

    /// The query for the changes since this revision; see ``RevisionStatements/changedRules``.
    package var changedRules: Query { RevisionStatements.changedRules(slotsText) }
    /// The query for the changes since this revision; see ``RevisionStatements/changedSettings``.
    package var changedSettings: Query { RevisionStatements.changedSettings(slotsText) }
}
