import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct DocumentationOnlyTests {
    @Test("With DOC_ONLY, the service connects to nothing, even if variables name servers")
    func connectsToNothing() async throws {
        let connections = Atomic(0)
        try await Self.listening({ connections.add(1, ordering: .relaxed) }) { port in
            let service = try HeksherCommand(
                ["serve", "--port", "0"],
                [
                    "DOC_ONLY": "true", "HEKSHER_LOGSTASH_HOST": "127.0.0.1", "HEKSHER_LOGSTASH_PORT": "\(port)",
                    "SENTRY_DSN": "http://key@127.0.0.1:\(port)/7",
                    "HEKSHER_DB_CONNECTION_STRING": "postgresql://127.0.0.1:\(port)/x",
                ])
            let address = try await service.address()
            #expect(try await Self.get("\(address)/api/v1/settings").status == .internalServerError)
            try await Task.sleep(for: .milliseconds(300))
            service.signal(SIGTERM)
            #expect(try await service.ended().status == 0)
        }
        #expect(connections.load(ordering: .relaxed) == 0)
    }

    /// Listens on a port, and calls `onConnection` for each connection.
    private static func listening(
        _ onConnection: @escaping @Sendable () -> Void, _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                onConnection()
                return channel.close()
            }.bind(host: "127.0.0.1", port: 0).get()
        try await body(server.localAddress?.port ?? 0)
        try await server.close()
    }

    private static func get(_ url: String, _ method: HTTPMethod = .GET) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = method
        return try await HTTPClient.shared.execute(request, timeout: .seconds(10))
    }

    @Test(
        "With DOC_ONLY, incomplete or invalid variables do not prevent the start",
        arguments: [
            ["HEKSHER_LOGSTASH_HOST": "logs.example.com"], ["HEKSHER_LOGSTASH_PORT": "5000"],
            ["HEKSHER_LOGSTASH_LEVEL": "loud"], ["HEKSHER_LOGSTASH_TAGS": "untidy"], ["SENTRY_DSN": "nonsense"],
            ["HEKSHER_DB_CONNECTION_STRING": "mysql://x", "HEKSHER_STARTUP_CONTEXT_FEATURES": ";;"],
        ])
    func halfSet(variables: [String: String]) async throws {
        let service = try HeksherCommand(["serve", "--port", "0"], variables.merging(["DOC_ONLY": "true"]) { $1 })
        let address = try await service.address()
        #expect(try await Self.get("\(address)/api/health").status == .ok)
        service.signal(SIGTERM)
        #expect(try await service.ended().status == 0)
    }

    @Test("With DOC_ONLY, each error response has an id of its own")
    func requestID() async throws {
        let service = try HeksherCommand(["serve", "--port", "0"], ["DOC_ONLY": "true"])
        let address = try await service.address()
        var ids: Set<String> = []
        for (path, method, status) in [
            ("/api/v1/settings", HTTPMethod.GET, 500), ("/nowhere", .GET, 500), ("/nowhere", .HEAD, 500),
            ("/docs", .POST, 405), ("/api/health", .DELETE, 405),
        ] {
            let answer = try await Self.get(address + path, method)
            #expect(answer.status.code == status, "\(method) \(path)")
            let id = answer.headers.first(name: "X-Request-ID") ?? ""
            #expect(!id.isEmpty && ids.insert(id).inserted, "\(method) \(path)")
        }
        #expect(try await Self.get("\(address)/docs").headers.contains(name: "X-Request-ID") == false)
        let home = try await Self.get("\(address)/")
        let text = try await String(buffer: home.body.collect(upTo: 1 << 16))
        #expect(home.status == .ok && text.contains("<h1>Heksher serves its documentation</h1>"))
        #expect(!text.contains("/api/v1/"))
        service.signal(SIGTERM)
        #expect(try await service.ended().status == 0)
    }

    @Test("'dev' serves its database even if DOC_ONLY is set")
    func dev() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "heksher-dev-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: directory) }
        let service = try HeksherCommand(
            ["dev", "--port", "0", "--directory", directory.path()], ["DOC_ONLY": "true"])
        #expect(try await Self.get("\(service.address())/api/v1/settings").status == .ok)
        service.signal(SIGTERM)
        #expect(try await service.ended().status == 0)
        #expect(try await HeksherCommand.run("dev", "--help").output.contains("DOC_ONLY"))
    }
}
