import LibPQ

enum RuleStatements {
    /// The columns of a rule, as `Rows.Row.rule()` reads them.
    static let columns = """
        r.id, r.setting, \(StoredSize.bounded(text: "r.value")),
        (SELECT CASE WHEN coalesce(bool_and(f.name IS NOT NULL), true)
            THEN coalesce(json_agg(
                json_build_array(c.context_feature, \(QueriedSettingsStatements.conditionValue)) ORDER BY f.index), '[]') END
            FROM conditions c LEFT JOIN LATERAL (
                SELECT name, index FROM context_features WHERE name = c.context_feature OFFSET 0) f ON true
            WHERE c.rule = r.id),
        \(StoredSize.boundedObject(from: "rule_metadata", where: "m.rule = r.id")), \(Moment.text("r.expires_at"))
        """

    static let find = Statement("SELECT \(columns) FROM rules r WHERE r.id = $1::int")
    static let ofSetting = Statement(
        "SELECT \(columns) FROM rules r WHERE r.setting = \(SettingStatements.canonicalName) ORDER BY r.id")
    /// The name of a setting; the ID of its rule with exactly these conditions, or NULL; and the number of its rules, counted up to `$4`.
    static let withConditions = Statement(
        """
        SELECT s.name, r.id,
            (SELECT count(*) FROM (SELECT FROM rules own WHERE own.setting = s.name LIMIT $4::int) AS counted)
        FROM settings s LEFT JOIN rules r ON r.setting = s.name
            AND (SELECT count(*) FROM conditions c WHERE c.rule = r.id) = cardinality($2::text[])
            AND NOT EXISTS (
                SELECT FROM unnest($2::text[], $3::text[]) AS wanted(feature, value)
                WHERE NOT EXISTS (
                    SELECT FROM conditions c
                    WHERE c.rule = r.id AND c.context_feature = wanted.feature AND c.feature_value = wanted.value))
        WHERE s.name = \(SettingStatements.canonicalName)
        """)
    /// The rules of a setting, each with the size of its value, and its conditions.
    static let conditionsOfSetting = Statement(
        """
        SELECT r.id, octet_length(r.value::text), coalesce(json_agg(json_build_array(c.context_feature, c.feature_value))
            FILTER (WHERE c.rule IS NOT NULL), '[]')
        FROM rules r LEFT JOIN conditions c ON c.rule = r.id WHERE r.setting = \(SettingStatements.canonicalName) GROUP BY r.id
        """)
    static let add = Statement(
        """
        WITH rule AS (
            INSERT INTO rules (setting, value, expires_at) VALUES ($1::text, $2::text, \(Moment.value("$7"))) RETURNING id),
        condition AS (
            INSERT INTO conditions (rule, context_feature, feature_value)
            SELECT rule.id, pair.feature, pair.value FROM rule, unnest($3::text[], $4::text[]) AS pair(feature, value)),
        metadata AS (
            INSERT INTO rule_metadata (rule, key, value)
            SELECT rule.id, pair.key, pair.value::jsonb FROM rule, unnest($5::text[], $6::text[]) AS pair(key, value))
        SELECT id FROM rule
        """)
    static let delete: Statement = "DELETE FROM rules WHERE id = $1::int"
    /// Locks a rule's setting, and returns its type and the size of the rule's value.
    static let lockSetting: Statement = """
        SELECT s.name, s.type, octet_length(r.value::text)
        FROM settings s JOIN rules r ON r.setting = s.name WHERE r.id = $1::int FOR UPDATE OF s
        """
    static let exists: Statement = "SELECT EXISTS (SELECT FROM rules WHERE id = $1::int)"
    static let lock: Statement = "SELECT setting FROM rules WHERE id = $1::int FOR UPDATE"
    /// The metadata keys of a rule, each with the size of its value.
    static let metadataSizes = Statement(
        "SELECT key, \(StoredSize.size(ofJSONB: "value")) FROM rule_metadata WHERE rule = $1::int")
    static let setExpiry = Statement("UPDATE rules SET expires_at = \(Moment.value("$2")) WHERE id = $1::int")
    static let setValue: Statement = "UPDATE rules SET value = $2::text WHERE id = $1::int"
    static let clearMetadata: Statement = "DELETE FROM rule_metadata WHERE rule = $1::int"
    static let deleteMetadata: Statement = "DELETE FROM rule_metadata WHERE rule = $1::int AND key = $2::text"
    static let setMetadata: Statement = """
        INSERT INTO rule_metadata (rule, key, value)
        SELECT $1::int, pair.key, pair.value::jsonb FROM unnest($2::text[], $3::text[]) AS pair(key, value)
        ON CONFLICT (rule, key) DO UPDATE SET value = excluded.value
        """
}
