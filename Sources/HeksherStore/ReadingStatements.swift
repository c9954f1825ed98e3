import Postgres

/// What surrounds statements that are to see the tables as they were at one moment.
enum ReadingStatements {
    static let begin: Statement = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    /// Waits for those who empty tables, before the moment is chosen: a table emptied by TRUNCATE is empty at earlier moments
    /// too, without what was put into it meanwhile (PostgreSQL's manual, §13.6).
    static let lockTables: Statement = """
        LOCK TABLE context_features, settings, configurable, rules, conditions, setting_metadata, rule_metadata, setting_aliases
        IN ACCESS SHARE MODE
        """
    /// Statements that are asked again and again are not to be planned each time, which takes longer than running them.
    static let planOnce: Statement = "SET LOCAL plan_cache_mode = force_generic_plan"
    static let end: Statement = "COMMIT"
}
