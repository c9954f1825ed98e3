import Foundation
public import LibPQ
import PostgresCluster

/// A database for one test, on a server that all tests share.
public struct TestDatabase: Sendable {
    /// The name of the database.
    public let name: String
    /// Connects to the database as the superuser.
    public let configuration: PostgresConfiguration
    /// Connections to the database as the superuser.
    public let pool: PostgresPool

    /// Creates a database, and drops it after the test.
    ///
    /// - Parameters:
    ///   - template: the database to copy; by default, an empty one.
    ///   - options: further options for `CREATE DATABASE`.
    public static func with<Value: Sendable>(
        template: String = "template1", options: String = "", _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        let server = try await TestServer.shared()
        let name = "test_" + UUID().uuidString.filter { $0 != "-" }.lowercased()
        try await server.run("CREATE DATABASE \(name) TEMPLATE \(template) \(options)")
        let configuration = try server.configuration(database: name)
        let pool = PostgresPool(configuration: configuration, size: 4, waitTimeout: .seconds(600))
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(TestDatabase(name: name, configuration: configuration, pool: pool)))
        } catch {
            result = .failure(error)
        }
        pool.close()
        try await server.run("DROP DATABASE \(name) WITH (FORCE)")
        return try result.get()
    }
}

/// The server that all tests share. It ends with the process.
public struct TestServer: Sendable {
    private let cluster: PrivateCluster
    private let pool: PostgresPool

    private static let starting = Task {
        let cluster = try await withCheckedThrowingContinuation { started in
            // The directory is kept, so that only the first run creates a cluster.
            let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: ".build/postgres-for-tests").path()
            let settings = [
                "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "1000",
                "shared_buffers": "64MB", "autovacuum": "off", "deadlock_timeout": "100ms",
            ]
            Task {
                do {
                    try await PrivateCluster.withRunning(in: directory, settings: settings) { cluster in
                        started.resume(returning: cluster)
                        try await Task.sleep(for: .seconds(86400))
                    }
                } catch {
                    started.resume(throwing: error)
                }
            }
        }
        var configuration = try PostgresConfiguration(
            connectionString: cluster.connectionString(database: "postgres"), applicationName: "tests")
        (configuration.connectTimeout, configuration.silence) = (.seconds(60), .seconds(60))
        let server = TestServer(
            cluster: cluster, pool: PostgresPool(configuration: configuration, size: 4, waitTimeout: .seconds(600)))
        // Databases of earlier runs that were killed.
        let leftOver: Statement = "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'"
        for row in try await server.pool.run(leftOver()) {
            try await server.run("DROP DATABASE \(row.string(0)) WITH (FORCE)")
        }
        return server
    }

    /// The server, which starts with the first call.
    public static func shared() async throws -> TestServer { try await starting.value }

    /// Runs SQL in the database `postgres`.
    public func run(_ script: String) async throws {
        try await pool.withConnection { try await $0.run(script: script) }
    }

    /// Connects to a database of the server as the superuser.
    public func configuration(database: String) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(
            connectionString: connectionString(database: database), applicationName: "tests")
        configuration.silence = .seconds(60)
        return configuration
    }

    /// The connection string of a database. Its timeout is long, because other tests may keep the machine busy.
    public func connectionString(database: String, user: String = "postgres") -> String {
        cluster.connectionString(database: database).replacing("//postgres@", with: "//\(user)@")
            + "&connect_timeout=60"
    }
}
