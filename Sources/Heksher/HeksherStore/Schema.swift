import LibPQ

/// The requirements for a database that is migrated or served.
enum Schema {
    /// Alembic's name for the schema that can be taken over. The original service migrates with Alembic.
    static let alembicVersion = "83f0f272313f"

    private static let tables: Statement = """
        SELECT to_regclass('alembic_version') IS NOT NULL, to_regclass('settings') IS NOT NULL,
            to_regclass('heksher_migrations') IS NOT NULL
        """
    private static let encoding: Statement = "SELECT current_setting('server_encoding')"
    private static let version: Statement = "SELECT version_num FROM alembic_version"

    /// - Returns: whether the database is the original service's.
    /// - Throws: `MigrationError` if its schema cannot be taken over, or if its encoding is not UTF8, which not every text fits into;
    ///   `PostgresError`.
    @discardableResult
    static func check(_ connection: PostgresConnection) async throws -> Bool {
        if let found = try await connection.run(encoding()).first?.string(0), found != "UTF8" {
            throw MigrationError(
                "the database's encoding is \(found), and UTF8 is needed: make a database with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE "
                    + "template0, and copy the data with pg_dump and pg_restore")
        }
        guard let found = try await connection.run(tables()).first else { return false }
        let (hasAlembic, hasSettings, isOurs) = (try found.bool(0), try found.bool(1), try found.bool(2))
        guard hasAlembic else {
            guard isOurs || !hasSettings else {
                throw MigrationError(
                    "the database has a table 'settings', but no table 'alembic_version', so its schema is unknown: "
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
