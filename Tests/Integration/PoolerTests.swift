import Foundation
import Glibc
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

private let pooler = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].first(
    where: FileManager.default.isExecutableFile(atPath:))

/// Behind PgBouncer in transaction mode, where the next transaction of a session may be another client's.
@Suite(.enabled(if: pooler != nil, "PgBouncer is not installed")) struct PoolerTests {
    /// The settings of a session that differ from the server's choice.
    private static let settings: Statement = """
        SELECT coalesce(string_agg(name || '=' || setting, ' '), '') FROM pg_settings
        WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone')
        """

    @Test(
        "The service leaves no settings in the sessions of a pooler", arguments: ["read committed", "serializable"])
    func clean(level: String) async throws {
        try await ServiceUnderTest.with(features: ["t"]) { owner in
            try await owner.sql("ALTER DATABASE \(owner.database.name) SET default_transaction_isolation = '\(level)'")
            try await owner.declare("a", features: ["t"])
            let id = try await owner.addRule("a", ["t": "x"], 1)
            try await Self.withPooler(of: owner.database) { port in
                let configuration = try PostgresConfiguration(
                    connectionString:
                        "postgresql://postgres@127.0.0.1:\(port)/\(owner.database.name)?connect_timeout=60",
                    applicationName: "heksher")
                try await ServiceUnderTest.running(on: owner.database, configuration: configuration) { api in
                    for value in 1...20 {
                        try await owner.sql("UPDATE settings SET default_value = '\(value)'")
                        let settings = try await api.client.queryRules().ok.body.settings
                        #expect(settings["a"]?.defaultValue == .init(integerLiteral: value))
                        try await api.client.changeRuleValue(
                            ruleId: id, body: .init(value: .init(integerLiteral: value))
                        ).noContent()
                        let queried = try await api.client.queryRules().ok.body.settings
                        #expect(queried["a"]?.rules.first?.value == .init(integerLiteral: value))
                    }
                    try await api.expectFromMemory("/api/v1/query")
                }
                // All of the pooler's sessions, each occupied by a transaction.
                let pool = PostgresPool(configuration: configuration, size: 3)
                defer { pool.close() }
                let begin: Statement = "BEGIN"
                let found = try await pool.withConnection { one in
                    try await pool.withConnection { two in
                        try await pool.withConnection { three in
                            var found: [String] = []
                            for connection in [one, two, three] {
                                try await connection.run(begin())
                                found.append(try await connection.run(Self.settings())[0].string(0))
                            }
                            return found
                        }
                    }
                }
                #expect(found == ["", "", ""])
            }
        }
    }

    @Test("Behind a pooler, a stream reports each change, and continues where it was interrupted")
    func push() async throws {
        try await ServiceUnderTest.with(features: ["t"]) { owner in
            try await owner.declare("a", features: ["t"])
            try await Self.withPooler(of: owner.database) { port in
                let configuration = try PostgresConfiguration(
                    connectionString:
                        "postgresql://postgres@127.0.0.1:\(port)/\(owner.database.name)?connect_timeout=60",
                    applicationName: "heksher")
                try await ServiceUnderTest.running(on: owner.database, configuration: configuration) { api in
                    var events = try await EventReader.open(api.port)
                    for value in 1...10 {
                        try await owner.sql("UPDATE settings SET default_value = '\(value)'")
                        #expect(try await events.next() == .change("a"))
                        let id = events.lastID
                        try await owner.sql("UPDATE settings SET default_value = '-\(value)'")
                        events = try await EventReader.open(api.port, after: id)
                        #expect(try await events.next() == .change("a"))
                    }
                }
            }
        }
    }

    private static func waitUntilOpen(_ port: Int, _ database: TestDatabase) async throws {
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql://postgres@127.0.0.1:\(port)/\(database.name)", applicationName: "tests")
        let ping: Statement = "SELECT 1"
        try await soon {
            let pool = PostgresPool(configuration: configuration, size: 1)
            defer { pool.close() }
            try await pool.run(ping())
        }
    }

    private static func freePort() throws -> Int {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(probe, pointer, length) == 0 && getsockname(probe, pointer, &length) == 0
            }
        }
        try #require(status)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func withPooler(of database: TestDatabase, _ body: (_ port: Int) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pooler-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let port = try freePort()
        let socket =
            try await database.strings("SELECT split_part(current_setting('unix_socket_directories'), ',', 1)").first
            ?? ""
        let file = directory.appending(path: "pgbouncer.ini")
        try """
        [databases]
        * = host=\(socket) user=postgres
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = \(port)
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        default_pool_size = 3
        """.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path())
        let process = Process()
        // Like PostgreSQL, PgBouncer refuses to run as root, and only the server's user may use its socket.
        let command = [pooler ?? "", file.path()]
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            geteuid() == 0
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--inh-caps=+dac_override"]
                + ["--ambient-caps=+dac_override"] + command : command
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        let result: Result<Void, any Error>
        do {
            try await waitUntilOpen(port, database)
            result = .success(try await body(port))
        } catch {
            result = .failure(error)
        }
        // A child inherits the signal mask of its parent's thread, which may block SIGTERM. Waiting must not block a
        // thread that other tests need.
        kill(process.processIdentifier, SIGKILL)
        for await _ in ended {}
        try result.get()
    }
}
