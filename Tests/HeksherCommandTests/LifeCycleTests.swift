import AsyncHTTPClient
import ContractJSON
import Foundation
import Hummingbird
import LibPQ
import Logging
import NIOCore
import NIOPosix
import PostgresCluster
import PostgresTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct LifeCycleTests {
    /// Runs a test with the connection string of a migrated database.
    private static func with(_ test: (TestDatabase, [String: String]) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let server = try await TestServer.shared()
            let variables = ["HEKSHER_DB_CONNECTION_STRING": server.connectionString(database: database.name)]
            #expect(try await HeksherCommand.run("migrate", variables: variables).status == 0)
            try await test(database, variables)
        }
    }

    private static func get(_ url: String) async throws -> (status: Int, body: String) {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(20))
        return (Int(response.status.code), String(buffer: try await response.body.collect(upTo: 1 << 20)))
    }

    private static func post(_ url: String, _ body: String) async throws -> Int {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: body))
        return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(20)).status.code)
    }

    /// Waits until a statement of the service waits for a lock.
    private static func waitForWaiting(_ database: TestDatabase) async throws {
        // The service's statement that reads everything into memory may wait as well; it does not count.
        let waiting: Statement = """
            SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                WHERE NOT l.granted AND a.datname = current_database() AND a.query NOT LIKE 'LOCK TABLE %, settings, %')
            """
        while try await database.pool.run(waiting()).first?.bool(0) != true {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test("After SIGTERM, the service accepts no connections, finishes its requests and ends with status 0")
    func requestUnderWay() async throws {
        try await Self.with { database, variables in
            let service = try HeksherCommand(["serve", "--port", "0"], variables)
            let client = try await service.client()
            let hasty = try await service.client(timeout: .milliseconds(200))
            // The request waits for a lock, and so is in progress until the lock is released.
            try await database.pool.withConnection { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE context_features IN ACCESS EXCLUSIVE MODE")
                async let answer = client.addContextFeature(body: .init(contextFeature: "a"))
                try await Self.waitForWaiting(database)
                // The waiting statement may be the service's own reading; after this time, the request waits as well.
                try await Task.sleep(for: .milliseconds(500))
                service.signal(SIGTERM)
                // The service no longer accepts connections.
                while (try? await hasty.getHealth()) != nil { try await Task.sleep(for: .milliseconds(10)) }
                try await connection.run(script: "COMMIT")
                #expect(try await answer == .noContent)
            }
            #expect(try await service.ended().status == 0)
        }
    }

    /// Connects repeatedly until the service refuses connections.
    private static func connectUntilRefused(_ address: String) async throws {
        let url = try #require(URL(string: address))
        let (host, port) = (try #require(url.host()), try #require(url.port))
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connectTimeout(.milliseconds(200))
        while let channel = try? await bootstrap.connect(host: host, port: port).get() {
            try? await channel.close()
        }
    }

    @Test("Connections that arrive while the service stops do not affect its status", arguments: [false, true])
    func connectingWhileStopping(isDocumentationAlone: Bool) async throws {
        try await Self.with { _, variables in
            for _ in 1...5 {
                let service = try HeksherCommand(
                    ["serve", "--port", "0"], isDocumentationAlone ? ["DOC_ONLY": "true"] : variables)
                let address = try await service.address()
                try await withThrowingTaskGroup { group in
                    for _ in 1...8 { group.addTask { try await Self.connectUntilRefused(address) } }
                    try await Task.sleep(for: .milliseconds(100))
                    service.signal(SIGTERM)
                    try await group.waitForAll()
                }
                let ended = try await service.ended()
                #expect(ended.status == 0, "\(ended.error)")
            }
        }
    }

    @Test("After HEKSHER_SHUTDOWN_SECONDS, requests in progress are cut off and the status is 0")
    func requestTooLong() async throws {
        try await Self.with { database, variables in
            let service = try HeksherCommand(
                ["serve", "--port", "0"], variables.merging(["HEKSHER_SHUTDOWN_SECONDS": "1"]) { $1 })
            let client = try await service.client()
            try await database.pool.withConnection { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE context_features IN ACCESS EXCLUSIVE MODE")
                async let answer = client.listContextFeatures()
                try await Self.waitForWaiting(database)
                // The waiting statement may be the service's own reading; after this time, the request waits as well.
                try await Task.sleep(for: .milliseconds(500))
                let (start, stopwatch) = (ContinuousClock.now, PatientStopwatch())
                service.signal(SIGTERM)
                let ended = try await service.ended()
                #expect(ended.status == 0, "\(ended.error)")
                #expect(ended.error.contains("requests under way were cut off"), "\(ended.error)")
                #expect(ended.error.contains("GET /api/v1/context_features ("), "\(ended.error)")
                #expect(.now - start > .milliseconds(900) && stopwatch.time < .seconds(5))
                #expect((try? await answer.ok) == nil)
                try await connection.run(script: "ROLLBACK")
            }
        }
    }

    @Test("If the database is away, requests get 503 and health 500; once it is back, all succeed in 5 seconds")
    func databaseAway() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "heksher-away-\(UUID().uuidString.prefix(8))"
        ).path()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let variables = try await PrivateCluster.withRunning(in: directory) { cluster in
            let variables = ["HEKSHER_DB_CONNECTION_STRING": cluster.connectionString(database: "postgres")]
            let migrated = try await HeksherCommand.run("migrate", variables: variables)
            #expect(migrated.status == 0)
            return variables
        }
        // The service has to run longer than the cluster with which it started.
        let (starts, start) = AsyncStream.makeStream(of: Void.self)
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        let cluster = Task { [directory] in
            try await PrivateCluster.withRunning(in: directory) { _ in
                start.finish()
                for await _ in stops {}
            }
        }
        for await _ in starts {}
        let service = try HeksherCommand(["serve", "--port", "0"], variables)
        let address = try await service.address()
        let client = try await service.client()
        _ = try await client.listSettings().ok
        _ = try await client.getHealth().ok
        stop.finish()
        try await cluster.value
        let away = PatientStopwatch()
        #expect(
            try await client.listSettings()
                == .serviceUnavailable(
                    .plainText("the database is unavailable"), headers: .init(cacheControl: "no-store", retryAfter: 1)))
        #expect(away.time < .seconds(5))
        while case .ok = try await client.getHealth(), away.time < .seconds(20) {
            try await Task.sleep(for: .milliseconds(50))
        }
        // The service checks the database every five seconds.
        #expect(away.time < .seconds(12))
        let check = try await HeksherCommand.run("healthcheck", "--timeout", "60", "--url", address)
        #expect(check.status == 1 && check.error.contains("500"), "\(check.error)")
        try await PrivateCluster.withRunning(in: directory) { _ in
            let back = PatientStopwatch()
            while case .serviceUnavailable = try await client.listSettings() {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(back.time < .seconds(5))
            while case .internalServerError = try await client.getHealth(), back.time < .seconds(20) {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(back.time < .seconds(12))
            let checkAgain = try await HeksherCommand.run("healthcheck", "--timeout", "60", "--url", address)
            #expect(checkAgain.status == 0, "\(checkAgain.error)")
            service.signal(SIGTERM)
            let ended = try await service.ended()
            #expect(ended.status == 0)
            // Each is logged once, regardless of the number of requests meanwhile.
            #expect(ended.error.ranges(of: "the database is away").count == 1, "\(ended.error)")
            #expect(ended.error.ranges(of: "the database is back").count == 1, "\(ended.error)")
        }
    }

    @Test("If the database accepts connections but never responds, the start ends with one sentence in 10 seconds")
    func databaseSilent() async throws {
        // The server reads nothing, but the kernel accepts the connection.
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false).bind(host: "127.0.0.1", port: 0).get()
        let port = silent.localAddress?.port ?? 0
        let stopwatch = PatientStopwatch()
        let ended = try await HeksherCommand.run(
            "serve", variables: ["HEKSHER_DB_CONNECTION_STRING": "postgresql://127.0.0.1:\(port)/x"])
        #expect(ended.status == 1 && ended.error.contains("no answer in time"), "\(ended.error)")
        #expect(stopwatch.time < .seconds(10))
        try await silent.close()
    }

    @Test("Several 'migrate' processes at once apply each migration once")
    func migratingTogether() async throws {
        try await TestDatabase.with { database in
            let server = try await TestServer.shared()
            let variables = ["HEKSHER_DB_CONNECTION_STRING": server.connectionString(database: database.name)]
            let outputs = try await withThrowingTaskGroup(of: HeksherCommand.Ended.self) { group in
                for _ in 0..<6 { group.addTask { try await HeksherCommand.run("migrate", variables: variables) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outputs.allSatisfy { $0.status == 0 }, "\(outputs.map(\.error))")
            #expect(outputs.filter { $0.output.contains("applied  0001_") }.count == 1)
            #expect(outputs.filter { $0.output == "The schema is up to date.\n" }.count == 5)
        }
    }

    @Test("Log records are JSON unless a terminal reads them or HEKSHER_LOG_FORMAT is 'text'")
    func logFormat() async throws {
        try await Self.with { _, variables in
            let cases = [(nil, "info"), ("json", "info"), ("text", "INFO"), ("text", "20")]
            for (number, (format, level)) in cases.enumerated() {
                var variables = variables
                variables["HEKSHER_LOG_FORMAT"] = format
                variables["HEKSHER_LOG_LEVEL"] = level
                let service = try HeksherCommand(["serve", "--port", "0"], variables)
                try await service.client().addContextFeature(body: .init(contextFeature: "a\(number)")).noContent()
                service.signal(SIGTERM)
                let ended = try await service.ended()
                #expect(ended.status == 0)
                // The record about a slow reading of the database is optional.
                let lines = ended.error.split(separator: "\n").map(String.init)
                    .filter { !$0.contains("queries are answered from memory") }
                for line in lines where format != "text" { _ = try JSONValue(parsing: line) }
                if format == "text" { #expect(lines[0].contains(" notice heksher: ")) }
                let told = [
                    "protection: ", "TLS: ", "pages: ", "database: ", "limits: ", "serves at", "context feature added",
                ]
                #expect(lines.count == told.count, "\(ended.error)")
                for (line, text) in zip(lines, told) { #expect(line.contains(text)) }
            }
        }
    }

    @Test("Records are also sent to Logstash, with the configured level and tags")
    func logstash() async throws {
        try await Self.with { _, variables in
            let (lines, line) = AsyncStream.makeStream(of: String.self)
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: 0) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let port = server.channel.localAddress?.port ?? 0
            let reading = Task {
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        try await connection.executeThenClose { inbound, _ in
                            for try await buffer in inbound { line.yield(String(buffer: buffer)) }
                        }
                    }
                }
            }
            let service = try HeksherCommand(
                ["serve", "--port", "0"],
                variables.merging([
                    "HEKSHER_LOGSTASH_HOST": "127.0.0.1", "HEKSHER_LOGSTASH_PORT": "\(port)",
                    "HEKSHER_LOGSTASH_LEVEL": "20", "HEKSHER_LOGSTASH_TAGS": "team:core region:eu",
                    "HEKSHER_LOG_LEVEL": "error",
                ]) { $1 })
            var text = ""
            for await part in lines {
                text += part
                if text.contains("\n") { break }
            }
            #expect(text.contains(#""message":"protection: open to everybody"#), "\(text)")
            #expect(text.contains(#""heksher_version":"0.1.0""#))
            #expect(text.contains(#""team":"core","region":"eu""#))
            service.signal(SIGTERM)
            let ended = try await service.ended()
            #expect(ended.status == 0 && ended.error.isEmpty, "\(ended.error)")
            reading.cancel()
        }
    }

    @Test("Unexpected errors are reported to Sentry without values of the request; refusals are not reported")
    func sentry() async throws {
        try await Self.with { database, variables in
            let (envelopes, envelope) = AsyncStream.makeStream(of: String.self)
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            let router = Router()
            router.post("/api/7/envelope/") { request, _ in
                envelope.yield(String(buffer: try await request.body.collect(upTo: 1 << 20)))
                return HTTPResponse.Status.ok
            }
            let sentry = Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
                logger: Logger(label: "sentry") { _ in SwiftLogNoOpLogHandler() })
            let running = Task { try await sentry.run() }
            let sentryPort = await ports.first { _ in true } ?? 0
            let service = try HeksherCommand(
                ["serve", "--port", "0"],
                variables.merging(["SENTRY_DSN": "http://key@127.0.0.1:\(sentryPort)/7"]) { $1 })
            let address = try await service.address()
            let client = try await service.client()
            #expect(try await client.getSetting(name: "none").response().status == .notFound)
            #expect(try await Self.post("\(address)/api/v1/rules", "nonsense") == 422)
            try await database.pool.withConnection {
                try await $0.run(script: "ALTER TABLE context_features ADD CHECK (name <> 'hidden')")
            }
            // The service does not know this constraint.
            let status = try await Self.post("\(address)/api/v1/context_features", #"{"context_feature":"hidden"}"#)
            #expect([500, 503].contains(status))
            let text = try #require(await envelopes.first { _ in true })
            #expect(text.contains(#""release":"0.1.0""#), "\(text)")
            #expect(text.contains(#""operation":"addContextFeature""#), "\(text)")
            #expect(!text.contains("hidden"))
            service.signal(SIGTERM)
            let ended = try await service.ended()
            #expect(ended.status == 0 && ended.error.contains("addContextFeature") && !ended.error.contains("hidden"))
            running.cancel()
            _ = await running.result
        }
    }

    @Test("DOC_ONLY serves only the documentation, gives its reason elsewhere, and needs no other variable")
    func documentationOnly() async throws {
        let pages = try PreparedPages()
        let service = try HeksherCommand(
            ["serve", "--port", "0"], ["DOC_ONLY": "true", "HEKSHER_PAGES_DIR": pages.directory])
        let address = try await service.address()
        #expect(try await service.client().getHealth().ok == .init(version: "0.1.0", docOnly: true))
        for path in ["/", "/docs", "/redoc", "/favicon.ico", "/openapi.yaml", "/assets/\(PreparedPages.style)"] {
            #expect(try await Self.get(address + path).status == 200)
        }
        #expect(try await Self.get("\(address)/docs").body.contains(PreparedPages.style))
        _ = try JSONValue(parsing: try await Self.get("\(address)/openapi.json").body)
        for path in ["/api/v1/settings", "/api/v1/query", "/nothing", "/assets/nothing"] {
            let answer = try await Self.get(address + path)
            #expect(answer.status == 500 && answer.body.contains("DOC_ONLY"))
        }
        #expect(try await Self.post("\(address)/api/v1/rules", "{}") == 500)
        service.signal(SIGTERM)
        #expect(try await service.ended().status == 0)
    }

    @Test("'healthcheck' prints the reason why a service is unhealthy")
    func healthcheck() async throws {
        let none = try await HeksherCommand.run("healthcheck", variables: ["PORT": "1"])
        #expect(
            none.status == 1
                && none.error.hasPrefix("heksher: http://127.0.0.1:1 cannot be reached: nothing listens there"),
            "\(none.error)")
        #expect(none.error.split(separator: "\n").count == 1)
        #expect(try await HeksherCommand.run("healthcheck", variables: ["PORT": "x"]).status == 78)
        #expect(try await HeksherCommand.run("healthcheck", "--timeout", "0").status == 64)
    }
}
