import HeksherDomain
import LibPQ

/// Statements that read the history: see `migrations/0006_history.sql`.
enum HistoryStatements {
    private static let columns = """
        h.id, \(Moment.text("h.at")), h.name, h.via, h.address, h.reason
        """
    /// Whether the history contains a change.
    private static let isKept = "h.id >= (SELECT change FROM heksher_beginning)"

    /// The changes before another one that match a filter, the latest first. Each filter has its own condition, so that PostgreSQL can use
    /// the index that fits.
    ///
    /// - Parameters:
    ///   - names: the names of the filter's setting, each with the first and the last change for which it counts.
    ///   - prefixes: the beginnings of names, if the caller may see only these settings.
    static func list(
        before last: Int, _ filter: ChangeFilter, names: [(name: String, first: Int, last: Int)]?,
        prefixes: [String]?, count: Int
    ) -> Query {
        var conditions: [String] = []
        var parameters: [(any PostgresValue)?] = [last, count]
        /// The number of a further parameter.
        func add(_ value: some PostgresValue) -> String {
            parameters.append(value)
            return "$\(parameters.count)"
        }
        if let names {
            let (texts, first, last) = (add(names.map(\.name)), add(names.map(\.first)), add(names.map(\.last)))
            conditions.append(
                """
                h.id IN (
                    SELECT i.change FROM unnest(\(texts)::text[], \(first)::bigint[], \(last)::bigint[]) AS named(name, first, last)
                    JOIN heksher_items i ON left(i.setting, 600) = left(named.name, 600) AND i.setting = named.name
                        AND i.change BETWEEN named.first AND named.last)
                """)
        }
        if let rule = filter.rule {
            conditions.append("h.id IN (SELECT change FROM heksher_items WHERE rule = \(add(rule))::int)")
        }
        if let author = filter.author { conditions.append("h.name = \(add(author))::text") }
        if let kind = filter.kind {
            conditions.append(
                "EXISTS (SELECT FROM heksher_items i WHERE i.change = h.id AND i.kind = ANY (\(add(kind.rows))::text[]::\"char\"[]))"
            )
        }
        if let since = filter.since { conditions.append("h.at >= \(Moment.value(add(since)))") }
        if let until = filter.until { conditions.append("h.at < \(Moment.value(add(until)))") }
        if let prefixes {
            conditions.append(
                """
                EXISTS (
                    SELECT FROM heksher_items i WHERE i.change = h.id AND (i.kind = 'f'
                        OR EXISTS (SELECT FROM unnest(\(add(prefixes))::text[]) AS admitted(prefix) WHERE starts_with(i.setting, admitted.prefix))))
                """)
        }
        let statement = Statement(
            """
            SELECT \(columns) FROM heksher_history h
            WHERE \((["h.id < $1::bigint", isKept] + conditions).joined(separator: " AND "))
            ORDER BY h.id DESC LIMIT $2::int
            """)
        return statement(parameters: parameters)
    }

    /// One change.
    static let find = Statement("SELECT \(columns) FROM heksher_history h WHERE h.id = $1::bigint AND \(isKept)")
    /// The former name of a setting, and the change that renamed it: the last one up to the change `$2`.
    static let formerName: Statement = """
        SELECT part, change FROM heksher_items
        WHERE left(setting, 600) = left($1::text, 600) AND setting = $1::text AND kind = 'N' AND change <= $2::bigint
        ORDER BY change DESC, number DESC LIMIT 1
        """

    static let rowColumns =
        """
        i.change, i.number, i.kind, i.setting, i.rule, i.part,
        CASE WHEN i.before IS NOT NULL THEN coalesce(\(StoredSize.bounded(text: "i.before")), '') END,
        \(StoredSize.bounded(jsonb: "i.value"))
        """
    /// The rows of changes, at most `$2` of each, in order.
    static let rows = Statement(
        """
        SELECT \(rowColumns) FROM unnest($1::bigint[]) AS asked(change) CROSS JOIN LATERAL (
            SELECT * FROM heksher_items WHERE change = asked.change ORDER BY number LIMIT $2::int) AS i
        ORDER BY i.change, i.number
        """)
    /// The rows of settings, without those of their rules, since the change `$2`.
    static let rowsOfSettings = Statement(
        """
        SELECT \(rowColumns) FROM heksher_items i
        WHERE left(setting, 600) = ANY (ARRAY(SELECT left(name, 600) FROM unnest($1::text[]) AS asked(name)))
            AND setting = ANY ($1::text[]) AND rule IS NULL AND kind <> 'n' AND change >= $2::bigint
        """)
    /// The rows of the rules of settings since the change `$2`.
    static let rowsOfRulesOfSettings = Statement(
        """
        SELECT \(rowColumns) FROM heksher_items i
        WHERE left(setting, 600) = ANY (ARRAY(SELECT left(name, 600) FROM unnest($1::text[]) AS asked(name)))
            AND setting = ANY ($1::text[]) AND rule IS NOT NULL AND change >= $2::bigint
        """)
    /// The new names of settings since the change `$1`.
    static let renamings = Statement(
        "SELECT \(rowColumns) FROM heksher_items i WHERE kind = 'n' AND change >= $1::bigint")
    /// The rows of rules since the change `$2`.
    static let rowsOfRules = Statement(
        "SELECT \(rowColumns) FROM heksher_items i WHERE rule = ANY ($1::int[]) AND change >= $2::bigint")
    /// The rows of context features since the change `$1`.
    static let rowsOfFeatures = Statement(
        "SELECT \(rowColumns) FROM heksher_items i WHERE kind = 'f' AND change >= $1::bigint")

    /// Makes the triggers record the rows that the transaction has changed so far.
    static let recordNow: Statement = "SET CONSTRAINTS ALL IMMEDIATE"
    /// The ID of the change that the transaction has made; no row if it has changed nothing.
    static let presentChange: Statement = "SELECT change FROM heksher_present_change"
    /// Makes other writers of these settings and rules wait.
    static let lockSettings: Statement = "SELECT FROM settings WHERE name = ANY ($1::text[]) ORDER BY name FOR UPDATE"
    static let lockRules: Statement = "SELECT FROM rules WHERE id = ANY ($1::int[]) ORDER BY id FOR UPDATE"
    /// The IDs of all rules of settings, up to `$2` of them.
    static let rulesOfSettings: Statement = "SELECT id FROM rules WHERE setting = ANY ($1::text[]) LIMIT $2::int"

    /// The name of the schema that contains the history, quoted if necessary.
    static let ownSchema: Statement = "SELECT quote_ident(schema) FROM heksher_functions LIMIT 1"

    /// Deletes the oldest changes, if they are older than `$1` days, and returns their number. The last transaction of each slot stays,
    /// because readers compare its token. Another instance may do the same.
    static func deletion(in schema: String) -> Statement {
        Statement(
            """
            WITH old AS MATERIALIZED (
                SELECT slot, number, id FROM \(schema).history h
                WHERE at < now() - make_interval(days => $1::int) AND id IS NOT NULL
                    AND number < (SELECT number FROM \(schema).revisions r WHERE r.slot = h.slot)
                ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED),
            rows AS (DELETE FROM \(schema).items WHERE change IN (SELECT id FROM old)),
            changes AS (
                DELETE FROM \(schema).history h USING old WHERE h.slot = old.slot AND h.number = old.number),
            beginning AS (
                UPDATE \(schema).beginning SET change = greatest(change, (SELECT max(id) + 1 FROM old)),
                    at = greatest(at, now() - make_interval(days => $1::int))
                WHERE EXISTS (SELECT FROM old))
            SELECT count(*) FROM old
            """)
    }

    /// Reads the present rows of settings, without their rules, those of rules, and the context features.
    static func presentRows(_ settings: [String], _ rules: [Int]) -> [Query] {
        [
            self.settings(settings), configurable(settings), settingMetadata(settings), aliases(settings),
            self.rules(rules), conditions(rules), ruleMetadata(rules), features(),
        ]
    }

    /// The number of statements of ``presentRows(_:_:)``.
    static let presentRowsCount = 8

    private static let settings = Statement(
        """
        SELECT name, \(StoredSize.bounded(text: "type")), \(StoredSize.bounded(text: "default_value")), version FROM settings
        WHERE name = ANY ($1::text[])
        """)
    private static let configurable: Statement = """
        SELECT setting, context_feature, NULL FROM configurable WHERE setting = ANY ($1::text[])
        """
    private static let settingMetadata = Statement(
        """
        SELECT setting, key, \(StoredSize.bounded(jsonb: "value")) FROM setting_metadata WHERE setting = ANY ($1::text[])
        """)
    private static let aliases: Statement =
        "SELECT setting, alias, NULL FROM setting_aliases WHERE setting = ANY ($1::text[])"
    private static let rules = Statement(
        """
        SELECT id, setting, \(StoredSize.bounded(text: "value")), \(Moment.text("expires_at")) FROM rules WHERE id = ANY ($1::int[])
        """)
    private static let conditions = Statement(
        """
        SELECT rule, context_feature, \(StoredSize.bounded(text: "feature_value")) FROM conditions WHERE rule = ANY ($1::int[])
        """)
    private static let ruleMetadata = Statement(
        "SELECT rule, key, \(StoredSize.bounded(jsonb: "value")) FROM rule_metadata WHERE rule = ANY ($1::int[])")
    private static let features: Statement = "SELECT name, index, to_json(allowed_values)::text FROM context_features"
}
