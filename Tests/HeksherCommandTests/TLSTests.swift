import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL
import PostgresTesting
import Testing

/// The service over TLS.
@Suite(.timeLimit(.minutes(20))) struct TLSTests {
    private struct Files {
        let certificate: URL
        let key: URL

        init() {
            let folder = FileManager.default.temporaryDirectory
            let id = UUID().uuidString.prefix(8)
            (certificate, key) = (folder.appending(path: "\(id).crt"), folder.appending(path: "\(id).key"))
        }

        func write(_ identity: TestCertificate, key otherKey: String? = nil) throws {
            try Data(identity.certificate.utf8).write(to: certificate)
            try Data((otherKey ?? identity.key).utf8).write(to: key)
        }
    }

    /// Runs a test with a client that trusts only this certificate.
    private static func trusting(
        _ identity: TestCertificate, tls12 cipherSuites: [NIOTLSCipher]? = nil,
        _ test: (HTTPClient) async throws -> Void
    ) async throws {
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8)))
        if let cipherSuites {
            tls.maximumTLSVersion = .tlsv12
            tls.cipherSuiteValues = cipherSuites
            configuration.connectionPool.retryConnectionEstablishment = false
        }
        configuration.tlsConfiguration = tls
        // Connections must stay open for the whole test.
        configuration.connectionPool.idleTimeout = .minutes(5)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await test(client)
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private static func status(_ client: HTTPClient, _ url: String, post body: String? = nil) async throws -> UInt {
        var request = HTTPClientRequest(url: url)
        if let body {
            request.method = .POST
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await client.execute(request, timeout: .seconds(20))
        _ = try await response.body.collect(upTo: 1 << 20)
        return response.status.code
    }

    /// The cipher suites of TLS 1.2 that can be used with the certificate's key, and whether the service offers them.
    private static let cipherSuites: [([NIOTLSCipher], isOffered: Bool)] = [
        (
            [
                .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            ], true
        ), ([.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, .TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA], false),
    ]

    @Test("The service works over TLS, and after SIGHUP new connections use the new certificate")
    func renewal() async throws {
        try await TestDatabase.with { database in
            let server = try await TestServer.shared()
            let files = Files()
            defer { for file in [files.certificate, files.key] { try? FileManager.default.removeItem(at: file) } }
            try files.write(.first)
            let variables = [
                "HEKSHER_DB_CONNECTION_STRING": server.connectionString(database: database.name),
                "HEKSHER_TLS_CERTIFICATE": files.certificate.path(), "HEKSHER_TLS_KEY": files.key.path(),
            ]
            #expect(try await HeksherCommand.run("migrate", variables: variables).status == 0)
            let service = try HeksherCommand(["serve", "--port", "0"], variables)
            let address = try await service.address()
            #expect(address.hasPrefix("https://127.0.0.1:"))
            let query = "\(address)/api/v1/query?settings=a"
            try await Self.trusting(.first) { client in
                let feature = #"{"context_feature": "theme"}"#
                #expect(try await Self.status(client, "\(address)/api/v1/context_features", post: feature) == 204)
                let declaration =
                    #"{"name": "a", "configurable_features": ["theme"], "type": "int", "default_value": 0}"#
                #expect(try await Self.status(client, "\(address)/api/v1/settings/declare", post: declaration) == 200)
                for _ in 0..<3 { #expect(try await Self.status(client, query) == 200) }
                let tooLong = String(repeating: " ", count: 1 << 20) + declaration
                #expect(try await Self.status(client, "\(address)/api/v1/settings/declare", post: tooLong) == 413)
                #expect(try await Self.status(client, "\(address)/docs") == 200)

                // TLS 1.2 only with authenticated encryption and forward secrecy.
                for (suites, isOffered) in Self.cipherSuites {
                    for suite in suites {
                        try await Self.trusting(.first, tls12: [suite]) { client in
                            let status = try? await Self.status(client, query)
                            #expect(status == (isOffered ? 200 : nil), "\(suite)")
                        }
                    }
                }

                // The key does not belong to the certificate, so the service keeps the old pair.
                try files.write(.second, key: TestCertificate.first.key)
                service.signal(SIGHUP)
                while !service.said.contains("is not the key") { try await Task.sleep(for: .milliseconds(10)) }
                try await Self.trusting(.first) { client in
                    let answer = try await Self.status(client, query)
                    #expect(answer == 200)
                }

                try files.write(.second)
                service.signal(SIGHUP)
                while !service.said.contains("certificate is read again") {
                    try await Task.sleep(for: .milliseconds(10))
                }
                try await Self.trusting(.second) { client in
                    let answer = try await Self.status(client, query)
                    #expect(answer == 200)
                }
                try await Self.trusting(.first) { stranger in
                    let answer = try? await Self.status(stranger, query)
                    #expect(answer == nil)
                }
                // Existing connections stay open.
                #expect(try await Self.status(client, query) == 200)
            }
            let port = try #require(address.split(separator: ":").last)
            let well = try await HeksherCommand.run(
                "healthcheck", "--timeout", "60", variables: variables.merging(["PORT": "\(port)"]) { $1 })
            #expect(well.status == 0, "\(well)")
            // A client without TLS gets no response.
            let plain = try? await Self.status(.shared, "http://127.0.0.1:\(port)/api/health")
            #expect(plain == nil)
            service.signal(SIGTERM)
            #expect(try await service.ended().status == 0)
        }
    }
}
