package import LibPQ

/// Checks whether every change of the tables creates a new revision, and whether anything was altered in a way that could have changed the
/// tables without one: columns, triggers, functions, rules, names.
package enum Definitions {
    /// One row: the reason why the database cannot report every change, or NULL if it can; a text that differs after each alteration; and
    /// whether the session is older than the `search_path` that its role and its database have now, so that its names mean other tables.
    ///
    /// Each change of a row in PostgreSQL's catalogs creates a new version of the row, with another `xmin`. These numbers repeat after four
    /// billion transactions, so the text also contains the half of that range in which it was made.
    ///
    /// Each run looks the names up again (`to_regclass`), as a new statement on a new connection would.
    package static let statement = Statement(
        """
        WITH settings_of_role AS MATERIALIZED (
            SELECT s.setdatabase, s.setrole, s.setconfig FROM pg_db_role_setting s
            WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))),
        path AS MATERIALIZED (
            SELECT (SELECT substr(config, length('search_path=') + 1) FROM settings_of_role, unnest(setconfig) AS config
                WHERE starts_with(config, 'search_path=')
                ORDER BY setrole <> 0 DESC, setdatabase <> 0 DESC LIMIT 1) AS wanted),
        tables AS MATERIALIZED (
            SELECT asked.name, c.oid, c.relkind, c.relpersistence, c.relrowsecurity, c.relnatts
            FROM unnest('{\(tables.joined(separator: ","))}'::text[]) AS asked(name)
            LEFT JOIN pg_class c ON c.oid = to_regclass(asked.name)),
        views AS MATERIALIZED (
            SELECT to_regclass(asked.name) AS oid
            FROM unnest('{heksher_revisions,heksher_changes,heksher_functions}'::text[]) AS asked(name)),
        columns AS MATERIALIZED (
            SELECT tables.name AS table_name, a.attrelid, a.attnum, a.attname, a.atttypid, a.xmin
            FROM tables JOIN pg_attribute a ON a.attrelid = tables.oid AND a.attnum > 0),
        functions AS MATERIALIZED (
            SELECT p.oid, p.xmin,
                md5(concat_ws(' ', p.prosecdef::text, p.proconfig::text, p.prosrc)) IS NOT DISTINCT FROM f.checksum AS is_known
            FROM heksher_functions f
            LEFT JOIN pg_namespace n ON n.nspname = f.schema
            LEFT JOIN pg_proc p ON p.proname = f.name AND p.pronamespace = n.oid),
        triggers AS MATERIALIZED (
            SELECT t.oid, t.xmin, t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr = '' AND t.tgtype IN (29, 32, 34)
                AND t.tgfoid IN (SELECT oid FROM functions) AS is_whole
            FROM tables JOIN pg_trigger t ON t.tgrelid = tables.oid
            WHERE t.tgname IN ('heksher_change', 'heksher_truncation', 'heksher_emptying'))
        SELECT coalesce(
            (SELECT 'the table ' || name || ' is missing' FROM tables WHERE oid IS NULL LIMIT 1),
            (SELECT name || ' is not a plain table' FROM tables WHERE relkind <> 'r' LIMIT 1),
            (SELECT 'the table ' || name || ' is not logged, so that a crash empties it' FROM tables
                WHERE relpersistence <> 'p' LIMIT 1),
            (SELECT 'the table ' || name || ' has row-level security' FROM tables WHERE relrowsecurity LIMIT 1),
            (SELECT 'another table inherits from the table ' || name FROM tables
                WHERE EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = tables.oid) LIMIT 1),
            (SELECT 'the column ' || attname || ' of the table ' || table_name || ' has a type that is not PostgreSQL''s own'
                FROM columns WHERE atttypid >= 16384 LIMIT 1),
            CASE WHEN (SELECT count(*) FROM triggers WHERE is_whole) < \(3 * tables.count)
                THEN 'triggers are missing, altered or not always enabled' END,
            CASE WHEN EXISTS (SELECT FROM functions WHERE is_known IS NOT TRUE)
                THEN 'functions of triggers are missing or altered' END),
        md5(concat_ws(' ',
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint >> 31,
            (SELECT string_agg(concat_ws(' ', oid, relnatts), ',' ORDER BY oid) FROM tables),
            (SELECT string_agg(oid::oid::text, ',' ORDER BY oid) FROM views),
            (SELECT string_agg(concat_ws(' ', attrelid, attnum, attname, xmin), ',' ORDER BY attrelid, attnum) FROM columns),
            (SELECT string_agg(concat_ws(' ', oid, xmin), ',' ORDER BY oid) FROM triggers),
            (SELECT string_agg(concat_ws(' ', oid, xmin), ',' ORDER BY oid) FROM functions),
            (SELECT string_agg(concat_ws(' ', r.oid, r.xmin), ',' ORDER BY r.oid) FROM pg_rewrite r
                WHERE r.ev_class IN (SELECT oid FROM tables UNION ALL SELECT oid FROM views)),
            (SELECT string_agg(setconfig::text, ',' ORDER BY setdatabase, setrole) FROM settings_of_role))),
        -- A path that the connection string or a statement has set does not come from the role or the database.
        coalesce((SELECT CASE WHEN wanted IS DISTINCT FROM current_setting('search_path') THEN
            (SELECT source IN ('global', 'database', 'user', 'database user')
                OR wanted IS NOT NULL AND source IN ('default', 'configuration file')
                FROM pg_settings WHERE name = 'search_path') END FROM path), false)
        """)

    static let tables = [
        "settings", "configurable", "rules", "setting_metadata", "setting_aliases", "conditions", "rule_metadata",
        "context_features",
    ]

    /// The result of ``statement``.
    package enum State: Hashable, Sendable {
        /// Every change creates a new revision. The text differs after each alteration.
        case whole(String)
        /// Some changes do not create a revision, for this reason.
        case broken(String)
        /// The session is older than the `search_path` of its role or its database.
        case outdatedSession
    }

    /// Reads the row of ``statement``.
    ///
    /// - Throws: `PostgresError`.
    package static func state(_ rows: Rows) throws -> State {
        guard let row = rows.first else { throw PostgresError.unexpectedResult("the definitions have no row") }
        if try row.bool(2) { return .outdatedSession }
        return row.isNull(0) ? .whole(try row.string(1)) : .broken(try row.string(0))
    }
}
