import ContractRuntime
import HTTPTypes
import HeksherDomain
import Hummingbird
import HummingbirdCore
import LibPQ
import Logging
import NIOPosix
import PostgresTesting
import Synchronization
import Testing

@testable import HTTPGuard
@testable import HeksherCatalog
@testable import HeksherServer
@testable import HeksherStore

/// Only short requests are decoded and handled on the event loop of their connection.
@Suite struct LoopWorkTests {
    private static let declaration = "/api/v1/settings/declare"

    private final class Record: Sendable {
        private let places = Mutex<[Bool]>([])

        /// Records whether the caller runs on an event loop.
        func note() { places.withLock { $0.append(MultiThreadedEventLoopGroup.currentEventLoop != nil) } }

        var last: Bool? { places.withLock(\.last) }
    }

    /// Runs a service whose operations only record where they run.
    private static func with(_ test: @Sendable @escaping (Int, Record) async throws -> Void) async throws {
        let record = Record()
        let routes = [
            Route("declareSetting", .post, Self.segments(declaration), readsBody: true) { _, _ in
                record.note()
                return APIResponse(status: .ok, contentType: "text/plain", body: [])
            },
            Route("listSettings", .get, Self.segments("/api/v1/settings"), readsBody: false) { _, _ in
                record.note()
                return APIResponse(status: .ok, contentType: "text/plain", body: [])
            },
        ]
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let limits = ServiceUnderTest.patience
        let load = ServiceLoad(limits, logger, service: .heksher)
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql:///none?host=/nowhere", applicationName: "test")
        let snapshot = Snapshot<QueryableSetting>(Revision([], definitions: ""), ContextFeatureOrder([]), [])
        let queries = QueryResponder(
            catalog: SettingsCatalog(always: snapshot),
            store: Store(PostgresPool(configuration: configuration)))
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: ServiceResponder(
                routes, Observability(logger: logger), maximumBodySize: limits.bodySize, load),
            server: HTTPServerBuilder { responder in
                GuardedChannel(
                    base: QueryChannel(
                        responder: responder, configuration: limits.http, queries, answersQueries: true),
                    limits: limits, load: load, hosts: AllowedHosts(option: "HEKSHER_ALLOWED_HOSTS"), rootPath: nil)
            },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0), serverName: "test"),
            onServerRunning: { channel in running.yield(channel.localAddress?.port ?? 0) },
            logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            for await port in ports {
                try await test(port, record)
                break
            }
            group.cancelAll()
        }
    }

    private static func segments(_ path: String) -> [Route.Segment] {
        path.split(separator: "/").map { .literal(String($0)) }
    }

    @Test("A body is decoded on the event loop only if its Content-Length is small")
    func bodies() async throws {
        try await Self.with { port, record in
            let connection = try await RawConnection(port: port)
            let (short, long) = (String(repeating: " ", count: 100), String(repeating: " ", count: 4000))
            func send(_ fields: [String], _ body: String) async throws -> Bool? {
                try await connection.send(
                    RawConnection.request(Self.declaration, method: "POST", headers: fields, body: body)
                        .replacing("Host: test", with: "Host: localhost"))
                #expect(try await connection.answer().status == 200)
                return record.last
            }
            let chunks = [
                "64\r\n\(short)\r\n0\r\n\r\n", "fa0\r\n\(long)\r\n0\r\n\r\n",
                (0..<100).map { _ in "64\r\n\(short)\r\n" }.joined() + "0\r\n\r\n",
            ]
            #expect(try await send(["Content-Length: 100"], short) == true)
            #expect(try await send(["Content-Length: 4000"], long) == false)
            for body in chunks { #expect(try await send(["Transfer-Encoding: chunked"], body) == false) }
        }
    }

    @Test("An operation that may take long does not run on the event loop")
    func operations() async throws {
        try await Self.with { port, record in
            let connection = try await RawConnection(port: port)
            for target in ["/api/v1/settings", "/api/v1/settings?" + String(repeating: "a", count: 5000)] {
                try await connection.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try await connection.answer().status == 200)
                #expect(record.last == false)
            }
        }
    }
}
