public import HeksherDomain
public import JSON
import Postgres

/// What a query tells of a setting.
public struct QueriedSetting: Sendable {
    public var name: String
    public var defaultValue: JSONValue
    /// By id.
    public var rules: [Rule]

    public init(name: String, defaultValue: JSONValue, rules: [Rule]) {
        self.name = name
        self.defaultValue = defaultValue
        self.rules = rules
    }
}

/// Statements that read what queries tell of settings: rows of a kind and up to three texts.
///
/// | kind | texts |
/// | --- | --- |
/// | `setting` | name, default value |
/// | `alias` | the setting's name, alias |
/// | `rule` | id, the setting's name, value |
/// | `condition` | the rule's id, feature, value |
/// | `metadata` | the rule's id, key, value |
///
/// One statement sees the tables as they were at one moment, and rows without structure cost PostgreSQL a third of what JSON made
/// for each rule does.
enum QueriedSettingsStatements {
    static let all = Statement(select("IS NOT NULL"))
    /// Those behind several names or aliases.
    static let behindNames = Statement(
        select(
            """
            = ANY (ARRAY(
                SELECT coalesce(a.setting, asked.name)
                FROM unnest($1::text[]) AS asked(name) LEFT JOIN setting_aliases a ON a.alias = asked.name))
            """))
    /// Those from one name to another.
    static let ofRange = Statement(select("BETWEEN $1::text AND $2::text"))

    private static func select(_ condition: String) -> String {
        "WITH \(chosenRules(condition)) \(rows(condition))"
    }

    /// What ``rows(_:)`` stands on.
    ///
    /// - Parameter condition: which settings, behind a column with their names.
    static func chosenRules(_ condition: String) -> String {
        "chosen AS MATERIALIZED (SELECT id, setting, value FROM rules WHERE setting \(condition))"
    }

    static func rows(_ condition: String) -> String {
        """
        SELECT 'setting' AS kind, name AS first, default_value AS second, NULL AS third FROM settings WHERE name \(condition)
        UNION ALL SELECT 'alias', setting, alias, NULL FROM setting_aliases WHERE setting \(condition)
        UNION ALL SELECT 'rule', id::text, setting, value FROM chosen
        UNION ALL SELECT 'condition', rule::text, context_feature, feature_value FROM conditions
            WHERE rule = ANY (ARRAY(SELECT id FROM chosen))
        UNION ALL SELECT 'metadata', rule::text, key, value::text FROM rule_metadata
            WHERE rule = ANY (ARRAY(SELECT id FROM chosen))
        """
    }
}

/// Makes settings of the rows of ``QueriedSettingsStatements``.
struct QueriedSettingsReader {
    private var settings: [(name: String, row: Rows.Row)] = []
    private var aliases: [String: [String]] = [:]
    private var rules: [String: [(id: Int, row: Rows.Row)]] = [:]
    private var conditions: [Int: [Condition]] = [:]
    private var metadata: [Int: [Rows.Row]] = [:]

    /// Takes a row in; other kinds of rows are left to the caller.
    ///
    /// - Returns: whether it is one of a setting.
    mutating func take(_ row: Rows.Row) throws -> Bool {
        switch try row.string(0) {
        case "setting": settings.append((try row.string(1), row))
        case "alias": aliases[try row.string(1), default: []].append(try row.string(2))
        case "rule": rules[try row.string(2), default: []].append((try row.int(1), row))
        case "condition":
            let condition = Condition(feature: try row.string(2), value: try row.string(3))
            conditions[try row.int(1), default: []].append(condition)
        case "metadata": metadata[try row.int(1), default: []].append(row)
        default: return false
        }
        return true
    }

    /// Gives the settings that were taken in, in the order of their names' rows, each with its aliases.
    ///
    /// - Parameter body: given the error instead of a setting that somebody's SQL has made unreadable.
    func forEach(
        _ features: ContextFeatureOrder, _ body: (SnapshotKey, Result<QueriedSetting, any Error>) throws -> Void
    )
        rethrows
    {
        for (name, row) in settings {
            let setting = Result {
                QueriedSetting(
                    name: name, defaultValue: try row.json(2),
                    rules: try (rules[name] ?? []).sorted { $0.id < $1.id }.map { id, row in
                        try rule(id, of: name, row, features)
                    })
            }
            try body(SnapshotKey(name: name, aliases: aliases[name] ?? []), setting)
        }
    }

    /// The rules that were taken in, with or without their settings, by id.
    func rules(_ features: ContextFeatureOrder) throws -> [Int: Rule] {
        var result: [Int: Rule] = [:]
        for (setting, rows) in rules {
            for (id, row) in rows { result[id] = try rule(id, of: setting, row, features) }
        }
        return result
    }

    private func rule(_ id: Int, of setting: String, _ row: Rows.Row, _ features: ContextFeatureOrder) throws -> Rule {
        Rule(
            id: id, setting: setting, value: try row.json(3), conditions: conditions(of: id, features),
            metadata: try metadata(of: id))
    }

    private func conditions(of rule: Int, _ features: ContextFeatureOrder) -> [Condition] {
        guard let conditions = conditions[rule], conditions.count > 1 else { return conditions[rule] ?? [] }
        return conditions.sorted { (features.index(of: $0.feature) ?? .max) < (features.index(of: $1.feature) ?? .max) }
    }

    /// In the order that `jsonb` gives keys: the shorter first, then by bytes.
    private func metadata(of rule: Int) throws -> Metadata {
        guard let rows = metadata[rule] else { return [:] }
        let pairs = try rows.map { row in (key: try row.string(2), value: try row.json(3)) }
        return Metadata(
            pairs.sorted { first, second in
                let (first, second) = (first.key.utf8, second.key.utf8)
                return first.count == second.count
                    ? first.lexicographicallyPrecedes(second) : first.count < second.count
            })
    }
}
