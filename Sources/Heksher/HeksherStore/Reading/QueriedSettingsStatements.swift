package import LibPQ

/// Statements that read settings for queries. Their rows have a kind and up to three texts.
///
/// | kind | texts |
/// | --- | --- |
/// | `setting` | name, default value, type |
/// | `version` | the setting's name, version |
/// | `fact` | the setting's name, metadata key, value; only strings, numbers and booleans, because nothing needs the others |
/// | `alias` | the setting's name, alias |
/// | `rule` | ID, the setting's name, value |
/// | `condition` | the rule's ID, feature, value |
/// | `metadata` | the rule's ID, key, value |
///
/// One statement sees the tables at one moment. Rows without structure cost PostgreSQL a third of the time of JSON for each rule.
package enum QueriedSettingsStatements {
    static let all = Statement(select("IS NOT NULL"))
    /// The settings with the given names or aliases.
    static let behindNames = Statement(
        select(
            """
            = ANY (ARRAY(
                SELECT coalesce(a.setting, asked.name) FROM unnest($1::text[]) AS asked(name)
                LEFT JOIN LATERAL (SELECT setting FROM setting_aliases WHERE alias = asked.name OFFSET 0) a ON true))
            """))
    /// The settings from one name to another, and the settings from one name on.
    package static let ofRange = Statement(select("BETWEEN $1::text AND $2::text"))
    package static let fromName = Statement(select(">= $1::text"))

    /// The value of a condition and of a metadata key, if they can be read.
    static let conditionValue = StoredSize.bounded(text: "feature_value")
    static let metadataValue = StoredSize.bounded(jsonb: "value")

    private static func select(_ condition: String) -> String {
        "WITH \(chosenRules(condition)) \(rows(condition))"
    }

    /// The common table expressions that ``rows(_:)`` needs.
    ///
    /// - Parameter condition: selects the settings, after a column with their names.
    static func chosenRules(_ condition: String) -> String {
        """
        chosen AS MATERIALIZED (
            SELECT id, setting, \(StoredSize.bounded(text: "value")) AS value FROM rules WHERE setting \(condition))
        """
    }

    static func rows(_ condition: String) -> String {
        """
        SELECT 'setting' AS kind, name AS first, \(StoredSize.bounded(text: "default_value")) AS second,
            \(StoredSize.bounded(text: "type")) AS third
            FROM settings WHERE name \(condition)
        UNION ALL SELECT 'version', name, version, NULL FROM settings WHERE name \(condition)
        UNION ALL SELECT 'fact', setting, key, \(metadataValue) FROM setting_metadata
            WHERE setting \(condition) AND jsonb_typeof(value) IN ('string', 'number', 'boolean')
        UNION ALL SELECT 'alias', setting, alias, NULL FROM setting_aliases WHERE setting \(condition)
        UNION ALL SELECT 'rule', id::text, setting, value FROM chosen
        UNION ALL SELECT 'condition', rule::text, context_feature, \(conditionValue) FROM conditions
            WHERE rule = ANY (ARRAY(SELECT id FROM chosen))
        UNION ALL SELECT 'metadata', rule::text, key, \(metadataValue) FROM rule_metadata
            WHERE rule = ANY (ARRAY(SELECT id FROM chosen))
        """
    }
}
