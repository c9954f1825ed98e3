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
    /// How many settings may have changed since a revision for ``update`` to tell of them all.
    static let maximumChanges = 1000
    /// All that has changed since a revision, as it is now: the rows of ``QueriedSettingsStatements``, and these.
    ///
    /// | kind | texts |
    /// | --- | --- |
    /// | `slot` | a slot that has another token: slot, number, token |
    /// | `gap` | for each slot whose former transaction, or one since, is not known any more |
    /// | `sum` | as ``sum`` |
    /// | `triggers` | as ``triggers`` |
    /// | `feature` | name, index |
    /// | `changed` | the name of what has changed: a setting that there may be, a number of a rule, or empty for everything |
    ///
    /// An offset and an order see to it that indices are looked into, whatever is known of the tables' sizes.
    ///
    /// One statement, which needs no transaction around it at the level READ COMMITTED: PostgreSQL locks all tables of a statement,
    /// and so waits for those who empty one, before it chooses the moment that the statement sees.
    static let update = Statement(
        """
        WITH moved AS MATERIALIZED (
            SELECT slot, number, token, ($1::bigint[])[place][2] AS known_number, ($1::bigint[])[place][3] AS known_token
            FROM generate_subscripts($1::bigint[], 1) AS place
            JOIN heksher_revisions ON slot = ($1::bigint[])[place][1] AND token <> ($1::bigint[])[place][3]),
        noted AS MATERIALIZED (
            SELECT DISTINCT note.setting FROM moved CROSS JOIN LATERAL (
                SELECT c.setting FROM heksher_changes c
                WHERE c.slot = moved.slot AND c.number > moved.known_number OFFSET 0) AS note
            LIMIT \(maximumChanges + 1)),
        changed AS MATERIALIZED (
            SELECT setting FROM noted
            UNION ALL SELECT setting FROM rules WHERE id = ANY (ARRAY(
                SELECT substring(setting FROM '^#(-?[0-9]{1,18})$')::bigint FROM noted WHERE setting LIKE '#%'))),
        \(QueriedSettingsStatements.chosenRules(areChanged))
        \(QueriedSettingsStatements.rows(areChanged))
        UNION ALL SELECT 'changed', setting, NULL, NULL FROM changed
        UNION ALL SELECT 'slot', slot::text, number::text, token::text FROM moved
        UNION ALL SELECT 'gap', NULL, NULL, NULL FROM moved WHERE known_token IS DISTINCT FROM (
            SELECT c.token FROM heksher_changes c WHERE c.slot = moved.slot AND c.number = known_number
            ORDER BY c.setting LIMIT 1)
        UNION ALL SELECT 'sum', (\(sum.sql))::text, NULL, NULL
        UNION ALL SELECT 'triggers', (\(triggers.sql)), NULL, NULL
        UNION ALL SELECT 'feature', name, index::text, NULL FROM context_features
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
        var slot: Int
        var number: Int
        var token: Int

        init(_ row: Rows.Row, from column: Int) throws {
            slot = try row.int(column)
            number = try row.int(column + 1)
            token = try row.int(column + 2)
        }
    }

    private let slots: [Slot]
    /// As ``RevisionStatements/sum`` tells it.
    let sum: String
    /// As ``RevisionStatements/triggers`` tells it.
    let triggers: String
    /// The slots as an array of arrays, in PostgreSQL's text format.
    private let slotsText: String

    init(_ slots: [Slot], triggers: String) {
        self.slots = slots
        self.triggers = triggers
        sum = "\(slots.reduce(Int128(0)) { $0 + Int128($1.token) })"
        slotsText = "{\(slots.map { "{\($0.slot),\($0.number),\($0.token)}" }.joined(separator: ","))}"
    }

    /// The revision in which some slots are others.
    func moved(_ moved: [Slot]) -> Revision {
        Revision(slots.map { slot in moved.first { $0.slot == slot.slot } ?? slot }, triggers: triggers)
    }

    /// What has changed since then.
    var changes: Query { RevisionStatements.update(slotsText) }
}
