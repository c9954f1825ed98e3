import Postgres

enum RuleStatements {
    /// The columns of a rule, as `Rows.Row.rule()` reads them.
    static let columns = """
        r.id, r.setting, r.value,
        (SELECT coalesce(json_agg(json_build_array(c.context_feature, c.feature_value) ORDER BY f.index), '[]')
            FROM conditions c JOIN context_features f ON f.name = c.context_feature WHERE c.rule = r.id),
        (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM rule_metadata m WHERE m.rule = r.id)
        """

    static let find = Statement("SELECT \(columns) FROM rules r WHERE r.id = $1::int")
    static let ofSetting = Statement(
        "SELECT \(columns) FROM rules r WHERE r.setting = \(SettingStatements.canonicalName) ORDER BY r.id")
    /// The name of a setting, and the rule of it with exactly these conditions, NULL if it has none.
    static let withConditions = Statement(
        """
        SELECT s.name, r.id FROM settings s LEFT JOIN rules r ON r.setting = s.name
            AND (SELECT count(*) FROM conditions c WHERE c.rule = r.id) = cardinality($2::text[])
            AND NOT EXISTS (
                SELECT FROM unnest($2::text[], $3::text[]) AS wanted(feature, value)
                WHERE NOT EXISTS (
                    SELECT FROM conditions c
                    WHERE c.rule = r.id AND c.context_feature = wanted.feature AND c.feature_value = wanted.value))
        WHERE s.name = \(SettingStatements.canonicalName)
        """)
    static let add: Statement = """
        WITH rule AS (INSERT INTO rules (setting, value) VALUES ($1::text, $2::text) RETURNING id),
        condition AS (
            INSERT INTO conditions (rule, context_feature, feature_value)
            SELECT rule.id, pair.feature, pair.value FROM rule, unnest($3::text[], $4::text[]) AS pair(feature, value)),
        metadata AS (
            INSERT INTO rule_metadata (rule, key, value)
            SELECT rule.id, pair.key, pair.value::jsonb FROM rule, unnest($5::text[], $6::text[]) AS pair(key, value))
        SELECT id FROM rule
        """
    static let delete: Statement = "DELETE FROM rules WHERE id = $1::int"
    /// Locks a rule's setting and tells its type.
    static let lockSetting: Statement = """
        SELECT s.name, s.type FROM settings s JOIN rules r ON r.setting = s.name WHERE r.id = $1::int FOR UPDATE OF s
        """
    static let exists: Statement = "SELECT EXISTS (SELECT FROM rules WHERE id = $1::int)"
    static let lock: Statement = "SELECT setting FROM rules WHERE id = $1::int FOR UPDATE"
    static let setValue: Statement = "UPDATE rules SET value = $2::text WHERE id = $1::int"
    static let clearMetadata: Statement = "DELETE FROM rule_metadata WHERE rule = $1::int"
    static let deleteMetadata: Statement = "DELETE FROM rule_metadata WHERE rule = $1::int AND key = $2::text"
    static let setMetadata: Statement = """
        INSERT INTO rule_metadata (rule, key, value)
        SELECT $1::int, pair.key, pair.value::jsonb FROM unnest($2::text[], $3::text[]) AS pair(key, value)
        ON CONFLICT (rule, key) DO UPDATE SET value = excluded.value
        """
}
