import Foundation
public import Postgres
import PostgresCluster

/// A database of a test's own, on a server that all tests share.
public struct TestDatabase: Sendable {
    public let name: String
    public let configuration: PostgresConfiguration
    /// One that is the superuser's, on the test's database.
    public let pool: PostgresPool

    /// Makes a database, and drops it after the test.
    ///
    /// - Parameter template: the database to copy; by default an empty one.
    public static func with<Value: Sendable>(
        template: String = "template1", _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        let server = try await TestServer.shared()
        let name = "test_" + UUID().uuidString.filter { $0 != "-" }.lowercased()
        try await server.run("CREATE DATABASE \(name) TEMPLATE \(template)")
        let configuration = try server.configuration(database: name)
        let pool = PostgresPool(configuration: configuration, size: 4)
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
            // The directory is kept, so that only the first run makes a cluster.
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
        // What a run that was killed has left.
        let leftOver: Statement = "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'"
        for row in try await server.pool.run(leftOver()) { try await server.run("DROP DATABASE \(row.string(0))") }
        return server
    }

    public static func shared() async throws -> TestServer { try await starting.value }

    /// Runs SQL in the database `postgres`.
    public func run(_ script: String) async throws {
        try await pool.withConnection { try await $0.run(script: script) }
    }

    public func configuration(database: String) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(
            connectionString: connectionString(database: database), applicationName: "tests")
        configuration.silence = .seconds(60)
        return configuration
    }

    /// It may take a while to connect: the machine may be busy with other tests.
    public func connectionString(database: String) -> String {
        cluster.connectionString(database: database) + "&connect_timeout=60"
    }
}
