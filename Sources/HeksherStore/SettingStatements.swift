import HeksherDomain
import JSON
import Postgres

enum SettingStatements {
    /// The columns of a setting, as `Rows.Row.setting()` reads them.
    static let columns = """
        s.name, s.type, s.default_value, s.version,
        (SELECT coalesce(json_agg(c.context_feature ORDER BY f.index), '[]')
            FROM configurable c JOIN context_features f ON f.name = c.context_feature WHERE c.setting = s.name),
        (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM setting_metadata m WHERE m.setting = s.name),
        (SELECT coalesce(json_agg(a.alias ORDER BY a.alias COLLATE "C"), '[]')
            FROM setting_aliases a WHERE a.setting = s.name)
        """
    /// The canonical name behind the name or alias `$1`.
    static let canonicalName = """
        coalesce((SELECT setting FROM setting_aliases WHERE alias = $1::text), $1::text)
        """

    static let all = Statement("SELECT \(columns) FROM settings s ORDER BY s.name COLLATE \"C\"")
    static let find = Statement("SELECT \(columns) FROM settings s WHERE s.name = \(canonicalName)")
    /// The names behind several names or aliases, NULL where there is no such setting, in the order asked.
    static let canonicalNames = Statement(
        """
        SELECT s.name, asked.name
        FROM unnest($1::text[]) WITH ORDINALITY AS asked(name, place)
        LEFT JOIN setting_aliases alias ON alias.alias = asked.name
        LEFT JOIN settings s ON s.name = coalesce(alias.setting, asked.name)
        ORDER BY asked.place
        """)
    /// The first and the last name of each part of so many, in the tables' own order.
    static let parts: Statement = """
        SELECT min(name), max(name)
        FROM (SELECT name, (row_number() OVER (ORDER BY name) - 1) / $1::int AS part FROM settings) AS numbered
        GROUP BY part ORDER BY part
        """
    /// Makes other writers of the setting wait.
    static let lock = Statement("SELECT name FROM settings WHERE name = \(canonicalName) FOR UPDATE")
    /// Makes others that want to give the same name wait.
    static let lockName: Statement = "SELECT pg_advisory_xact_lock(hashtextextended('heksher.name.' || $1::text, 0))"
    static let delete: Statement = "DELETE FROM settings WHERE name = $1::text"

    private static let insert: Statement = """
        INSERT INTO settings (name, type, default_value, version) VALUES ($1::text, $2::text, $3::text, $4::text)
        """
    /// The name's change cascades.
    private static let update: Statement = """
        UPDATE settings SET name = $2::text, type = $3::text, default_value = $4::text, version = $5::text
        WHERE name = $1::text
        """
    private static let keepFeatures: Statement = """
        DELETE FROM configurable WHERE setting = $1::text AND context_feature <> ALL ($2::text[])
        """
    private static let addFeatures: Statement = """
        INSERT INTO configurable (setting, context_feature) SELECT $1::text, unnest($2::text[]) ON CONFLICT DO NOTHING
        """
    private static let keepAliases: Statement = """
        DELETE FROM setting_aliases WHERE setting = $1::text AND alias <> ALL ($2::text[])
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

    /// Stores what has changed of a setting.
    static func update(_ old: Setting, to new: Setting) -> [Query] {
        let name = new.name
        var queries = [
            update(old.name, name, new.type.description, new.defaultValue.text, new.version.description)
        ]
        if new.configurableFeatures != old.configurableFeatures {
            queries += [keepFeatures(name, new.configurableFeatures), addFeatures(name, new.configurableFeatures)]
        }
        if new.aliases != old.aliases {
            queries += [keepAliases(name, new.aliases), addAliases(name, new.aliases)]
        }
        if new.metadata != old.metadata {
            queries += [clearMetadata(name), addMetadata(name, new.metadata.keys, new.metadata.texts)]
        }
        return queries
    }
}

extension Metadata {
    var keys: [String] { pairs.map(\.key) }
    var texts: [String] { pairs.map(\.value.text) }
}
