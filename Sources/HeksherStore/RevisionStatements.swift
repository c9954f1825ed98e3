import Postgres

/// Which revision the tables have, and what has changed since another one: see `migrations/0003_revisions.sql`.
enum RevisionStatements {
    /// The revision in one number: the tokens of its slots added up.
    static let sum: Statement = "SELECT sum(token) FROM heksher_revisions"
    static let slots: Statement = "SELECT slot, number, token FROM heksher_revisions ORDER BY slot"
    /// The triggers by which every change gives a new revision, by their numbers and when each was last altered, both added up;
    /// NULL if some are missing.
    static let triggers: Statement = """
        SELECT CASE count(*) WHEN 16 THEN sum(oid::bigint) || ' ' || sum(xmin::text::bigint) END FROM pg_trigger
        WHERE tgenabled = 'A' AND tgname IN ('heksher_change', 'heksher_truncation') AND tgrelid IN (
            'settings'::regclass, 'configurable'::regclass, 'rules'::regclass, 'setting_metadata'::regclass,
            'setting_aliases'::regclass, 'conditions'::regclass, 'rule_metadata'::regclass, 'context_features'::regclass)
        """
    /// How many changes since a revision are told of.
    private static let maximumChanges = 1000
    /// How many rows of ``changedRules`` there may be; where there is one more, something may be missing.
    static let maximumRuleRows = 1000
    /// The rules that have changed since a revision as they are now: a row for each part of them, of the kinds of
    /// ``QueriedSettingsStatements``, behind it the change that led to it, a transaction's; and a row for each change that has no part.
    ///
    /// | column | meaning |
    /// | --- | --- |
    /// | 0–3 | `rule`, `condition` or `metadata` and its texts, or NULL |
    /// | 4–6 | a slot that has another token: slot, number, token |
    /// | 7 | the number of one of the slot's transactions; NULL if none is known |
    /// | 8 | whether it is the one at the revision since which changes are asked for |
    /// | 9, 10 | a setting that it changed, or empty for everything, and the id of the rule if that alone was changed |
    /// | 11 | as ``sum`` |
    ///
    /// It is as small as can be, since PostgreSQL spends more time on getting ready for it than on the rows. Offsets see to it that
    /// indices are looked into, whatever is known of the tables' sizes.
    ///
    /// One statement, which needs no transaction around it at the level READ COMMITTED: PostgreSQL locks all tables of a statement,
    /// and so waits for those who empty one, before it chooses the moment that the statement sees.
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
            SELECT 'rule', id::text, setting, value FROM rules WHERE id = note.rule
            UNION ALL SELECT 'condition', rule::text, context_feature, feature_value FROM conditions WHERE rule = note.rule
            UNION ALL SELECT 'metadata', rule::text, key, value::text FROM rule_metadata WHERE rule = note.rule) AS part ON true
        LIMIT \(maximumRuleRows + 1)
        """)
    /// The settings that have changed since a revision, or rules of theirs, as they are now: the rows of
    /// ``QueriedSettingsStatements``, and these.
    ///
    /// | kind | texts |
    /// | --- | --- |
    /// | `changed` | the name of a setting, or empty for everything |
    /// | `slot` | a slot that has another token: slot, number, token |
    /// | `gap` | the same, if its former transaction, or one since, is not known any more; and once if there are too many changes |
    /// | `sum` | as ``sum`` |
    /// | `triggers` | as ``triggers`` |
    /// | `feature` | name, index |
    ///
    /// One statement, as ``changedRules`` is.
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
        UNION ALL SELECT 'triggers', (\(triggers.sql)), NULL, NULL
        UNION ALL SELECT 'feature', name, index::text, NULL FROM context_features
        UNION ALL SELECT
            CASE WHEN known_token = (
                SELECT c.token FROM heksher_changes c WHERE c.slot = moved.slot AND c.number = known_number
                ORDER BY c.setting LIMIT 1)
            THEN 'slot' ELSE 'gap' END, slot::text, number::text, token::text FROM moved
        UNION ALL (SELECT 'gap', NULL, NULL, NULL FROM noted OFFSET \(maximumChanges))
        UNION ALL SELECT 'sum', (\(sum.sql))::text, NULL, NULL
        """)
    private static let areChanged = "= ANY (ARRAY(SELECT setting FROM changed))"

    /// What a connection needs for these: plans that are made once, since planning takes longer than running, and not compiled, which
    /// takes longer still.
    static let parameters = [
        "plan_cache_mode": "force_generic_plan", "jit": "off", "default_transaction_isolation": "read committed",
    ]
}

/// What the tables are at a moment. Two that are equal stand for the same contents.
public struct Revision: Sendable, Hashable {
    struct Slot: Sendable, Hashable {
        let slot: Int
        let token: Int
        /// The slot in ``Revision/slotsText``: `{number,token}`.
        fileprivate let text: String

        init(_ row: Rows.Row, from column: Int) throws {
            slot = try row.int(column)
            token = try row.int(column + 2)
            text = "{" + (try row.string(column + 1)) + "," + (try row.string(column + 2)) + "}"
        }
    }

    /// By slot.
    private let slots: [Slot]
    /// As ``RevisionStatements/sum`` tells it.
    let sum: String
    private let total: Int128
    /// As ``RevisionStatements/triggers`` tells it.
    let triggers: String
    /// The numbers and tokens of the slots as an array in PostgreSQL's text format, `[0:1][1:2]={{number,token},{number,token}}`: a
    /// slot that there is not, between others, is NULL.
    private let slotsText: String

    init(_ slots: [Slot], triggers: String) {
        let total = slots.reduce(Int128(0)) { $0 + Int128($1.token) }
        self.init(slots, total, sum: "\(total)", triggers: triggers)
    }

    private init(_ slots: [Slot], _ total: Int128, sum: String, triggers: String) {
        self.slots = slots
        self.total = total
        self.sum = sum
        self.triggers = triggers
        let first = slots.first?.slot ?? 0
        var next = first
        var text = "[\(first):\(slots.last?.slot ?? 0)][1:2]="
        text.reserveCapacity(48 * (slots.count + 1))
        for slot in slots {
            for _ in next..<slot.slot { text += ",{NULL,NULL}" }
            text += slot.slot == first ? "{" : ","
            text += slot.text
            next = slot.slot + 1
        }
        slotsText = text + "}"
    }

    /// The revision in which some slots are others.
    ///
    /// - Parameter sum: as ``RevisionStatements/sum`` tells it.
    /// - Returns: `nil` if that is another one, since slots have come or gone by somebody's hand.
    func moved(_ moved: some Sequence<Slot>, sum: String) -> Revision? {
        var (slots, total) = (slots, total)
        for slot in moved {
            guard let index = slots.firstIndex(where: { $0.slot == slot.slot }) else { return nil }
            total += Int128(slot.token) - Int128(slots[index].token)
            slots[index] = slot
        }
        return Int128(sum) == total ? Revision(slots, total, sum: sum, triggers: triggers) : nil
    }

    /// What has changed since then, as ``RevisionStatements/changedRules`` tells it.
    var changedRules: Query { RevisionStatements.changedRules(slotsText) }
    /// What has changed since then, as ``RevisionStatements/changedSettings`` tells it.
    var changedSettings: Query { RevisionStatements.changedSettings(slotsText) }
}
