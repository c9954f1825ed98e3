import AsyncHTTPClient
import Foundation
import LibPQ
import PostgresCluster
import Testing

@Suite(.timeLimit(.minutes(20))) struct SecretsTests {
    /// A server that requires a password from every user except its superuser.
    private static func withPasswords(
        _ body:
            @Sendable (_ connectionString: @Sendable (_ password: String) -> String, _ stop: @Sendable () async -> Void)
            async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "heksher-secrets-\(UUID().uuidString.prefix(8))")
        let access = FileManager.default.temporaryDirectory.appending(path: "hba-\(UUID().uuidString.prefix(8))")
        defer {
            try? FileManager.default.removeItem(at: directory)
            try? FileManager.default.removeItem(at: access)
        }
        try Data("local all postgres trust\nlocal all all scram-sha-256\n".utf8).write(to: access)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: access.path())
        let (starts, start) = AsyncStream.makeStream(of: PrivateCluster.self)
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        let running = Task {
            defer { start.finish() }
            try await PrivateCluster.withRunning(in: directory.path(), settings: ["hba_file": access.path()]) {
                cluster in
                start.yield(cluster)
                for await _ in stops {}
            }
        }
        guard let cluster = await starts.first(where: { _ in true }) else { return try await running.value }
        defer { stop.finish() }
        let superuser = cluster.connectionString(database: "postgres")
        try await runSQL("CREATE ROLE app LOGIN SUPERUSER PASSWORD 'hunter2-right'", superuser)
        try await body({ superuser.replacing("postgres@", with: "app:\($0)@") }) {
            stop.finish()
            _ = await running.result
        }
    }

    private static func runSQL(_ script: String, _ connectionString: String) async throws {
        let pool = PostgresPool(
            configuration: try PostgresConfiguration(connectionString: connectionString, applicationName: "tests"),
            size: 1)
        defer { pool.close() }
        try await pool.withConnection { try await $0.run(script: script) }
    }

    @Test("Passwords are never printed or logged, whether wrong or right")
    func password() async throws {
        try await Self.withPasswords { connectionString, stop in
            let wrong = [
                "HEKSHER_DB_CONNECTION_STRING": connectionString("hunter2-wrong"), "HEKSHER_LOG_LEVEL": "trace",
            ]
            for command in ["serve", "migrate"] {
                let ended = try await HeksherCommand.run(command, variables: wrong)
                #expect(ended.status == 1)
                #expect(ended.error.contains("password authentication failed"), "\(ended.error)")
                #expect(ended.error.contains("HEKSHER_DB_CONNECTION_STRING"), "\(ended.error)")
                #expect(!(ended.error + ended.output).contains("hunter2"))
            }
            let right = [
                "HEKSHER_DB_CONNECTION_STRING": connectionString("hunter2-right"), "HEKSHER_LOG_LEVEL": "trace",
            ]
            #expect(try await HeksherCommand.run("migrate", variables: right).status == 0)
            let service = try HeksherCommand(["serve", "--port", "0"], right)
            let address = try await service.address()
            let request = HTTPClientRequest(url: "\(address)/api/v1/settings")
            #expect(try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status == .ok)
            await stop()
            #expect(try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status == .serviceUnavailable)
            while !service.said.contains("the database is away") { try await Task.sleep(for: .milliseconds(50)) }
            service.signal(SIGTERM)
            let ended = try await service.ended()
            #expect(ended.error.contains("the database is unavailable"), "\(ended.error)")
            #expect(!(ended.error + ended.output).contains("hunter2"))
        }
    }

    @Test(
        "Invalid options in a connection string are refused with status 78 before connecting",
        arguments: ["serve", "migrate"], ["sslmode=zz", "connect_timeout=abc", "client_encoding=zz"])
    func options(command: String, option: String) async throws {
        let variables = ["HEKSHER_DB_CONNECTION_STRING": "postgresql://user:hunter2@127.0.0.1:1/none?\(option)"]
        let ended = try await HeksherCommand.run(command, variables: variables)
        #expect(ended.status == 78)
        #expect(ended.error.hasPrefix("heksher: HEKSHER_DB_CONNECTION_STRING "), "\(ended.error)")
        #expect(ended.error.split(separator: "\n").count == 1 && !ended.error.contains("hunter2"), "\(ended.error)")
    }

    @Test(
        "The error of an unreachable database names HEKSHER_DB_CONNECTION_STRING", arguments: ["serve", "migrate"])
    func unreachable(command: String) async throws {
        let variables = ["HEKSHER_DB_CONNECTION_STRING": "postgresql://user:hunter2@127.0.0.1:1/none"]
        let ended = try await HeksherCommand.run(command, variables: variables)
        #expect(ended.status == 1)
        #expect(ended.error.hasPrefix("heksher: HEKSHER_DB_CONNECTION_STRING: "), "\(ended.error)")
        #expect(ended.error.split(separator: "\n").count == 1 && !ended.error.contains("hunter2"), "\(ended.error)")
    }
}
