package import LibPQ

/// The statements around others that must see the tables at one moment.
package enum ReadingTransaction {
    package static let begin: Statement = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    /// Waits for transactions that empty tables, before PostgreSQL chooses the moment. A table emptied by TRUNCATE is also empty at earlier
    /// moments, without the rows that were inserted meanwhile (PostgreSQL's manual, §13.6).
    package static let lockTables: Statement = """
        LOCK TABLE context_features, settings, configurable, rules, conditions, setting_metadata, rule_metadata, setting_aliases
        IN ACCESS SHARE MODE
        """
    package static let end: Statement = "COMMIT"
}
