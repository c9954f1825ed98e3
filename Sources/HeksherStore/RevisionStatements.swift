import Postgres

/// Which revision the tables have, and what has changed since another one: see `migrations/0003_revisions.sql`.
enum RevisionStatements {
    /// The revision in one number: the tokens of its slots added up.
    static let sum: Statement = "SELECT sum(token) FROM heksher_revisions"
    static let slots: Statement = "SELECT slot, number, token FROM heksher_revisions ORDER BY slot"
    /// The triggers by which every change gives a new revision, and when each was last altered; NULL if some are missing.
    static let triggers: Statement = """
        SELECT CASE count(*) WHEN 16 THEN string_agg(oid || ' ' || xmin, ' ' ORDER BY oid) END FROM pg_trigger
        WHERE tgname IN ('heksher_change', 'heksher_truncation') AND tgenabled = 'A' AND tgrelid IN (
            to_regclass('settings'), to_regclass('configurable'), to_regclass('rules'), to_regclass('setting_metadata'),
            to_regclass('setting_aliases'), to_regclass('conditions'), to_regclass('rule_metadata'),
            to_regclass('context_features'))
        """
    /// Whether the tables have come to be from what they were at a revision, by changes that are all noted.
    static let continues = Statement(
        """
        SELECT count(*) = (SELECT count(*) FROM heksher_revisions) AND coalesce(bool_and((
            SELECT true FROM heksher_changes c
            WHERE c.slot = known.slot AND c.number = known.number AND c.token = known.token LIMIT 1) IS TRUE), true)
        FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS known(slot, number, token)
        """)
    /// The settings changed since a revision.
    static let changes = Statement("SELECT * FROM (\(changed)) AS changed(name)")
    static let changedSettings = Statement(
        "SELECT \(SettingStatements.columns) FROM settings s WHERE s.name = ANY (ARRAY(\(changed)))")
    static let changedRules = Statement(
        "SELECT \(RuleStatements.columns) FROM rules r WHERE r.setting = ANY (ARRAY(\(changed))) ORDER BY r.id")

    /// Some are no settings, or no more.
    private static let changed = """
        SELECT setting FROM (\(noted)) AS noted
        UNION SELECT setting FROM rules
        WHERE id = ANY (ARRAY(
            SELECT substring(setting FROM '^#(-?[0-9]{1,18})$')::bigint FROM (\(noted)) AS noted WHERE setting LIKE '#%'))
        """
    /// With an offset, so that the index is looked into for each slot, whatever is known of the table's size.
    private static let noted = """
        SELECT DISTINCT noted.setting
        FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS known(slot, number, token)
        CROSS JOIN LATERAL (
            SELECT c.setting FROM heksher_changes c WHERE c.slot = known.slot AND c.number > known.number OFFSET 0) AS noted
        """
}

/// What the tables are at a moment. Two that are equal stand for the same contents.
public struct Revision: Sendable, Hashable {
    struct Slot: Sendable, Hashable {
        var slot: Int
        var number: Int
        var token: Int
    }

    var slots: [Slot]
    /// As ``RevisionStatements/sum`` tells it.
    let sum: String
    /// As ``RevisionStatements/triggers`` tells it.
    let triggers: String

    init(_ rows: Rows, triggers: String) throws {
        self.triggers = triggers
        slots = try rows.map { row in
            Slot(slot: try row.int(0), number: try row.int(1), token: try row.int(2))
        }
        sum = "\(slots.reduce(Int128(0)) { $0 + Int128($1.token) })"
    }

    /// As the parameters of statements.
    func parameters(_ statement: Statement) -> Query {
        statement(slots.map(\.slot), slots.map(\.number), slots.map(\.token))
    }
}
