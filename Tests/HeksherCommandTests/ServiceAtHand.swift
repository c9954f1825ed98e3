import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import PostgresTesting
import Testing

/// Functions that tests of the service's process share.
enum ServiceAtHand {
    /// Runs a test with the variables of a migrated database.
    static func withDatabase(_ test: (TestDatabase, [String: String]) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let server = try await TestServer.shared()
            let variables = ["HEKSHER_DB_CONNECTION_STRING": server.connectionString(database: database.name)]
            #expect(try await HeksherCommand.run("migrate", variables: variables).status == 0)
            try await test(database, variables)
        }
    }

    /// The status of a response.
    static func status(_ url: String, post body: String? = nil, timeout: TimeAmount = .seconds(60)) async throws -> Int
    {
        var request = HTTPClientRequest(url: url)
        if let body {
            request.method = .POST
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: timeout)
        _ = try await response.body.collect(upTo: 1 << 22)
        return Int(response.status.code)
    }

    /// A port on which no process listens.
    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1).bind(host: "127.0.0.1", port: 0).get()
        defer { channel.close(promise: nil) }
        return try #require(channel.localAddress?.port)
    }

    /// A path for a temporary file of a test.
    static func temporaryPath(_ name: String) -> String {
        FileManager.default.temporaryDirectory.appending(path: "heksher-\(UUID().uuidString.prefix(8))-\(name)").path()
    }
}
