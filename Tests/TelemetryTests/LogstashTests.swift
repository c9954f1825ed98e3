import ContractJSON
import Logging
import NIOCore
import NIOPosix
import PostgresTesting
import ServiceLifecycle
import Synchronization
import Testing

@testable import Telemetry

/// A server that receives lines, or reads nothing.
private final class LineServer: Sendable {
    let channel: any Channel
    private let received: Received
    private let connections = Connections()

    private final class Connections: Sendable {
        let all = Mutex<[any Channel]>([])
    }

    final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let text = Mutex("")
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let read = String(buffer: unwrapInboundIn(data))
            text.withLock { $0 += read }
        }
    }

    var lines: [Substring] { received.text.withLock { $0.split(separator: "\n") } }
    var port: Int { channel.localAddress?.port ?? 0 }

    init(port: Int = 0, reads: Bool = true) async throws {
        let received = Received()
        self.received = received
        let connections = connections
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: reads)
            .childChannelInitializer { connection in
                connections.all.withLock { $0.append(connection) }
                return connection.pipeline.addHandler(received)
            }
            .bind(host: "127.0.0.1", port: port).get()
    }

    /// Stops accepting connections, and closes the existing ones.
    func hangUp() async throws {
        try await channel.close()
        for connection in connections.all.withLock({ $0 }) { try? await connection.close() }
    }

    func wait(for count: Int) async throws {
        while lines.count < count { try await Task.sleep(for: .milliseconds(5)) }
    }
}

@Suite(.timeLimit(.minutes(20))) struct LogstashTests {
    private static func with(
        port: Int, capacity: Int = 1000, _ body: (LogstashShipper) async throws -> Void
    ) async throws {
        let shipper = LogstashShipper(
            host: "127.0.0.1", port: port, capacity: capacity, notice: { Array("\($0)\n".utf8) }, complain: { _ in })
        let group = ServiceGroup(
            services: [shipper], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = group.run()
        try await body(shipper)
        await group.triggerGracefulShutdown()
        try await running
    }

    @Test("Each record is a line of JSON with Logstash's members, the operator's members and the metadata")
    func record() async throws {
        let server = try await LineServer()
        try await Self.with(port: server.port) { shipper in
            let handler = JSONLogHandler(
                label: "heksher", level: .info, members: [("heksher_version", "1.2.3"), ("team", "core")],
                write: { shipper.add($0) })
            var logger = Logger(label: "x") { _ in handler }
            logger[metadataKey: "own"] = ["a", "b"]
            logger.debug("not this one")
            logger.warning("one \"line\"\nof two", metadata: ["level": "mine", "nested": ["k": "v"]])
            try await server.wait(for: 1)
            let line = String(server.lines[0])
            #expect(
                line.hasSuffix(
                    #","@version":"1","level":"WARNING","logger_name":"heksher","message":"one \"line\"\nof two","#
                        + #""heksher_version":"1.2.3","team":"core","nested":{"k":"v"},"own":["a","b"]}"#), "\(line)")
            #expect(line.prefixMatch(of: /\{"@timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/) != nil)
        }
        try await server.channel.close()
    }

    @Test("If Logstash is down, logging is not delayed; the oldest records are dropped, and their number is sent later")
    func down() async throws {
        let first = try await LineServer()
        let port = first.port
        try await first.channel.close()
        try await Self.with(port: port, capacity: 10) { shipper in
            let time = ContinuousClock().measure {
                for number in 0..<100_000 { shipper.add(Array("line \(number)\n".utf8)) }
            }
            #expect(time < .seconds(30))
            let server = try await LineServer(port: port)
            try await server.wait(for: 11)
            #expect(server.lines[0] == "99990 log records were dropped: Logstash was down or slow")
            #expect(server.lines[1] == "line 99990" && server.lines[10] == "line 99999")
            shipper.add(Array("last\n".utf8))
            try await server.wait(for: 12)
            try await server.channel.close()
        }
    }

    @Test("If Logstash closes the connection, the shipper connects again")
    func hangsUp() async throws {
        let first = try await LineServer()
        let port = first.port
        try await Self.with(port: port) { shipper in
            shipper.add(Array("one\n".utf8))
            try await first.wait(for: 1)
            try await first.hangUp()
            let second = try await LineServer(port: port)
            shipper.add(Array("two\n".utf8))
            // A record written before the end of the connection was known is lost; later records are not.
            while second.lines.last != "three" {
                shipper.add(Array("three\n".utf8))
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(first.lines == ["one"])
            try await second.hangUp()
        }
    }

    @Test("If Logstash reads nothing, neither logging nor shutdown is delayed")
    func slow() async throws {
        let server = try await LineServer(reads: false)
        let time = try await PatientStopwatch.measure {
            try await Self.with(port: server.port, capacity: 100) { shipper in
                let line = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
                for _ in 0..<10_000 { shipper.add(line) }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        #expect(time < .seconds(10))
        try await server.channel.close()
    }

    @Test(
        "A level is a name of swift-log or Python, or a number of Python",
        arguments: [
            ("info", .info), ("INFO", .info), ("20", .info), ("WARN", .warning), ("warning", .warning), ("15", .info),
            ("0", .trace), ("NOTSET", .trace), ("50", .critical), ("Critical", .critical), ("FATAL", .critical),
            ("notice", .notice), ("51", nil), ("-1", nil), ("loud", nil),
        ] as [(String, Logger.Level?)])
    func level(text: String, level: Logger.Level?) {
        #expect(Logger.Level(named: text) == level)
    }
}
