import Foundation
public import LibPQ

/// A role for one test, with only the rights that the test grants.
public struct TestRole: Sendable {
    /// The name of the role.
    public let name: String
    /// Connects to the test's database as this role.
    public let configuration: PostgresConfiguration
    /// The connection string for the test's database and this role.
    public let connectionString: String
}

extension TestDatabase {
    /// Creates a role. After the test, it drops the role and everything that it owns.
    ///
    /// - Parameter attributes: attributes for `CREATE ROLE`.
    public func withRole<Value: Sendable>(
        _ attributes: String = "", _ body: (TestRole) async throws -> Value
    ) async throws -> Value {
        let server = try await TestServer.shared()
        let name = "role_" + UUID().uuidString.filter { $0 != "-" }.lowercased()
        try await server.run("CREATE ROLE \(name) LOGIN \(attributes)")
        let connectionString = server.connectionString(database: self.name, user: name)
        var configuration = try PostgresConfiguration(connectionString: connectionString, applicationName: "tests")
        configuration.silence = .seconds(60)
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await body(TestRole(name: name, configuration: configuration, connectionString: connectionString)))
        } catch {
            result = .failure(error)
        }
        try await pool.withConnection { try await $0.run(script: "DROP OWNED BY \(name) CASCADE") }
        try await server.run("DROP ROLE \(name)")
        return try result.get()
    }

    /// Runs SQL as the superuser.
    public func sql(_ script: String) async throws {
        try await pool.withConnection { try await $0.run(script: script) }
    }

    /// Runs SQL as a role.
    public func sql(_ script: String, as role: TestRole) async throws {
        let pool = PostgresPool(configuration: role.configuration, size: 1)
        defer { pool.close() }
        try await pool.withConnection { try await $0.run(script: script) }
    }

    /// The texts in the first column of a statement's rows.
    public func strings(_ statement: Statement) async throws -> [String] {
        try await pool.run(statement()).map { try $0.string(0) }
    }
}
