import Postgres

/// What a database must be like to be migrated or served.
enum Schema {
    /// What Alembic, with which the original service migrates, calls the schema that is taken over.
    static let alembicVersion = "83f0f272313f"

    private static let tables: Statement = """
        SELECT to_regclass('alembic_version') IS NOT NULL, to_regclass('settings') IS NOT NULL,
            to_regclass('heksher_migrations') IS NOT NULL
        """
    private static let version: Statement = "SELECT version_num FROM alembic_version"

    /// - Returns: whether the database is the original service's.
    /// - Throws: `MigrationError` if it has another schema than the one that can be taken over; `PostgresError`.
    @discardableResult
    static func check(_ connection: PostgresConnection) async throws -> Bool {
        guard let found = try await connection.run(tables()).first else { return false }
        let (hasAlembic, hasSettings, isOurs) = (try found.bool(0), try found.bool(1), try found.bool(2))
        guard hasAlembic else {
            guard isOurs || !hasSettings else {
                throw MigrationError(
                    "the database has a table 'settings', but no table 'alembic_version' that tells which schema it is: "
                        + "nothing was changed")
            }
            return false
        }
        let versions = try await connection.run(version()).map { try $0.string(0) }
        guard versions == [alembicVersion] || (versions.isEmpty && !hasSettings) else {
            let text = versions.isEmpty ? "none" : versions.joined(separator: ", ")
            throw MigrationError(
                "the database's schema is version \(text) of the original service (alembic_version), and version "
                    + "\(alembicVersion) is needed: run the original's 'alembic upgrade head' (release 0.5.7) first")
        }
        return !versions.isEmpty
    }
}
