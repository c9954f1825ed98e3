import ContractJSON
import HeksherDomain
package import LibPQ

package enum SettingStatements {
    /// The columns of a setting, as `Rows.Row.setting()` reads them. The offset keeps PostgreSQL from reading all context features for each
    /// setting.
    static let columns = """
        s.name, \(StoredSize.bounded(text: "s.type")), \(StoredSize.bounded(text: "s.default_value")), s.version,
        (SELECT coalesce(json_agg(c.context_feature ORDER BY f.index), '[]')
            FROM configurable c CROSS JOIN LATERAL (
                SELECT index FROM context_features WHERE name = c.context_feature OFFSET 0) f
            WHERE c.setting = s.name),
        \(StoredSize.boundedObject(from: "setting_metadata", where: "m.setting = s.name")),
        (SELECT coalesce(json_agg(a.alias ORDER BY a.alias COLLATE "C"), '[]')
            FROM setting_aliases a WHERE a.setting = s.name)
        """
    /// The canonical name for the name or alias `$1`.
    static let canonicalName = """
        coalesce((SELECT setting FROM setting_aliases WHERE alias = $1::text), $1::text)
        """

    static let all = Statement("SELECT \(columns) FROM settings s ORDER BY s.name COLLATE \"C\"")
    static let find = Statement("SELECT \(columns) FROM settings s WHERE s.name = \(canonicalName)")
    static let names: Statement = "SELECT name FROM settings"
    /// The current name of the setting with the name or alias `$1`.
    static let presentName = Statement("SELECT s.name FROM settings s WHERE s.name = \(canonicalName)")
    /// The current names for several names or aliases, in the given order, and NULL for those that no setting has. The offsets make
    /// PostgreSQL search an index for each name, even if it planned the statement while the tables were small.
    static let canonicalNames = Statement(
        """
        SELECT s.name, asked.name
        FROM unnest($1::text[]) WITH ORDINALITY AS asked(name, place)
        LEFT JOIN LATERAL (SELECT setting FROM setting_aliases WHERE alias = asked.name OFFSET 0) alias ON true
        LEFT JOIN LATERAL (
            SELECT name FROM settings WHERE name = coalesce(alias.setting, asked.name) OFFSET 0) s ON true
        ORDER BY asked.place
        """)
    /// The first and the last name of each part with that many settings, in the tables' own order.
    package static let parts: Statement = """
        SELECT min(name), max(name)
        FROM (SELECT name, (row_number() OVER (ORDER BY name) - 1) / $1::int AS part FROM settings) AS numbered
        GROUP BY part ORDER BY part
        """
    /// Makes other writers of the setting wait.
    static let lock = Statement("SELECT name FROM settings WHERE name = \(canonicalName) FOR UPDATE")
    /// Makes other transactions that want to use the same name wait.
    static let lockName: Statement = "SELECT pg_advisory_xact_lock(hashtextextended('heksher.name.' || $1::text, 0))"
    static let delete: Statement = "DELETE FROM settings WHERE name = $1::text"

    private static let insert: Statement = """
        INSERT INTO settings (name, type, default_value, version) VALUES ($1::text, $2::text, $3::text, $4::text)
        """
    /// The change of the name cascades to the other tables.
    private static let update: Statement = """
        UPDATE settings SET name = $2::text, type = $3::text, default_value = $4::text, version = $5::text
        WHERE name = $1::text
        """
    private static let keepFeatures: Statement = """
        DELETE FROM configurable WHERE setting = $1::text AND NOT EXISTS (
            SELECT FROM unnest($2::text[]) AS wanted(feature) WHERE wanted.feature = context_feature)
        """
    private static let addFeatures: Statement = """
        INSERT INTO configurable (setting, context_feature) SELECT $1::text, unnest($2::text[]) ON CONFLICT DO NOTHING
        """
    private static let keepAliases: Statement = """
        DELETE FROM setting_aliases a WHERE setting = $1::text AND NOT EXISTS (
            SELECT FROM unnest($2::text[]) AS wanted(alias) WHERE wanted.alias = a.alias)
        """
    private static let addAliases: Statement = """
        INSERT INTO setting_aliases (setting, alias) SELECT $1::text, wanted.alias FROM unnest($2::text[]) AS wanted(alias)
        WHERE NOT EXISTS (SELECT FROM setting_aliases a WHERE a.setting = $1::text AND a.alias = wanted.alias)
        """
    private static let clearMetadata: Statement = "DELETE FROM setting_metadata WHERE setting = $1::text"
    private static let addMetadata: Statement = """
        INSERT INTO setting_metadata (setting, key, value)
        SELECT $1::text, pair.key, pair.value::jsonb FROM unnest($2::text[], $3::text[]) AS pair(key, value)
        """

    /// Stores a new setting.
    static func insert(_ setting: Setting) -> [Query] {
        let name = setting.name
        return [
            insert(name, setting.type.description, setting.defaultValue.text, setting.version.description),
            addFeatures(name, setting.configurableFeatures), addAliases(name, setting.aliases),
            addMetadata(name, setting.metadata.keys, setting.metadata.texts),
        ]
    }

    /// Stores the changed parts of a setting.
    ///
    /// - Parameter isRepair: whether the statements store everything, because the old setting was not completely readable.
    static func update(_ old: Setting, to new: Setting, isRepair: Bool = false) -> [Query] {
        let name = new.name
        var queries = [
            update(old.name, name, new.type.description, new.defaultValue.text, new.version.description)
        ]
        if isRepair || new.configurableFeatures != old.configurableFeatures {
            queries += [keepFeatures(name, new.configurableFeatures), addFeatures(name, new.configurableFeatures)]
        }
        if isRepair || new.aliases != old.aliases {
            queries += [keepAliases(name, new.aliases), addAliases(name, new.aliases)]
        }
        if isRepair || new.metadata != old.metadata {
            queries += [clearMetadata(name), addMetadata(name, new.metadata.keys, new.metadata.texts)]
        }
        return queries
    }
}

extension Metadata {
    var keys: [String] { pairs.map(\.key) }
    var texts: [String] { pairs.map(\.value.text) }
}
