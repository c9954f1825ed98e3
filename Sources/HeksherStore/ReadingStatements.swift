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
    static let end: Statement = "COMMIT"
}
