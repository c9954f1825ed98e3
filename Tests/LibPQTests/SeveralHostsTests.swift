import Foundation
import Glibc
import LibPQ
import PostgresTesting
import Testing

@Suite struct SeveralHostsTests {
    /// Runs a test with a port that accepts connections and never responds.
    private static func withSilentPort(_ body: (Int) async throws -> Void) async throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            } ? UInt16(bigEndian: pointer.pointee.sin_port) : nil
        }
        try await body(Int(#require(port)))
    }

    /// The test server's socket directory and port.
    private static func server() async throws -> (directory: String, port: String) {
        let text = try await TestServer.shared().connectionString(database: "postgres")
        let items = URLComponents(string: text)?.queryItems ?? []
        let directory = try #require(items.first { $0.name == "host" }?.value)
        return (directory, items.first { $0.name == "port" }?.value ?? "5432")
    }

    @Test("A host that is silent or refuses the connection is skipped")
    func silence() async throws {
        let (directory, port) = try await Self.server()
        try await Self.withSilentPort { silent in
            var configuration = try PostgresConfiguration(
                connectionString:
                    "postgresql://postgres@/postgres?host=127.0.0.1,127.0.0.1,\(directory)&port=1,\(silent),\(port)",
                applicationName: "tests")
            configuration.connectTimeout = .seconds(6)
            let pool = PostgresPool(configuration: configuration, size: 1)
            defer { pool.close() }
            let one: Statement = "SELECT 1"
            let duration = try await PatientStopwatch.measure { _ = try await pool.run(one()) }
            #expect(duration < .seconds(6))
        }
    }

    @Test("If no host can be reached, the error contains the reason of each")
    func none() async throws {
        try await Self.withSilentPort { silent in
            let configuration = try PostgresConfiguration(
                connectionString: "postgresql://postgres@127.0.0.1:1,127.0.0.1:\(silent)/postgres",
                applicationName: "tests")
            let pool = PostgresPool(configuration: configuration, size: 1)
            defer { pool.close() }
            let one: Statement = "SELECT 1"
            let error = await #expect(throws: PostgresError.self) { try await pool.run(one()) }
            #expect("\(try #require(error))".contains("Connection refused"))
            #expect("\(try #require(error))".contains("; no answer in time"))
        }
    }

    @Test("A read-only server is skipped")
    func readOnly() async throws {
        let (directory, port) = try await Self.server()
        try await TestDatabase.with { database in
            let server = try await TestServer.shared()
            try await server.run("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
            let hosts = "host=\(directory),\(directory)&port=\(port),\(port)"
            let one: Statement = "SELECT 1"
            for (option, isPassedOver) in [("", true), ("&target_session_attrs=any", false)] {
                let configuration = try PostgresConfiguration(
                    connectionString: "postgresql://postgres@/\(database.name)?\(hosts)\(option)&connect_timeout=60",
                    applicationName: "tests")
                let pool = PostgresPool(configuration: configuration, size: 1)
                defer { pool.close() }
                if isPassedOver {
                    let error = await #expect(throws: PostgresError.self) { try await pool.run(one()) }
                    #expect(error?.description.contains("read-only") == true)
                } else {
                    try await pool.run(one())
                }
            }
        }
    }
}
