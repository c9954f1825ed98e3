import LibPQ

// The roles that can create things that the service could mistake for PostgreSQL's own.
extension Store {
    /// The service's statements name tables, functions and operators without their schema. If a role can create such things in the schema
    /// of the tables, its code can run with the rights of the service.
    private static let creators: Statement = """
        SELECT DISTINCT quote_ident(n.nspname),
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(n.nspacl) a
        WHERE c.oid = to_regclass('settings') AND a.privilege_type = 'CREATE'
            AND a.grantee NOT IN (n.nspowner, c.relowner, (SELECT oid FROM pg_roles WHERE rolname = current_user))
        ORDER BY 2
        """

    /// The roles besides the owner that can create things in the schema of the tables.
    ///
    /// - Returns: the schema and the roles, quoted for SQL; `nil` if there are no such roles.
    /// - Throws: `PostgresError`.
    public func creatorsBesideTables() async throws -> (schema: String, roles: [String])? {
        let rows = try await pool.run(Self.creators())
        guard let schema = try rows.first?.string(0) else { return nil }
        return (schema, try rows.map { try $0.string(1) })
    }
}
