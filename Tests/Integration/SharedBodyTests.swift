import Logging
import NIOCore
import PostgresTesting
import Testing

@testable import HTTPGuard
@testable import HeksherServer

@Suite struct SharedBodyTests {
    private static func load(unsentSize: Int = 10_000) -> ServiceLoad {
        var limits = ConnectionLimits()
        limits.unsentSize = unsentSize
        return ServiceLoad(limits, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, service: .heksher)
    }

    private static func bytes(_ size: Int) -> ByteBuffer { ByteBuffer(repeating: 1, count: size) }

    @Test("Equal bodies share their memory while they are sent, and count once")
    func sharing() throws {
        let load = Self.load()
        var first = load.bodies.body(Self.bytes(4000), tag: "a", load)
        var second = load.bodies.body(Self.bytes(4000), tag: "a", load)
        #expect(first != nil && second != nil)
        let storages = [first, second].map { $0?.bytes.withUnsafeReadableBytes(\.baseAddress) }
        #expect(storages[0] == storages[1])
        first = nil
        #expect(load.bodies.count == 1 && !load.isNone)
        second = nil
        #expect(load.bodies.count == 0 && load.isNone)
    }

    @Test("Above the limit, another body is refused unless few bytes wait")
    func limit() throws {
        let load = Self.load()
        let large = load.bodies.body(Self.bytes(30_000), tag: "alone", load)
        #expect(large != nil)
        #expect(load.bodies.body(Self.bytes(1), tag: "b", load) == nil)
        // The same body needs no further memory.
        #expect(load.bodies.body(Self.bytes(30_000), tag: "alone", load) != nil)
        #expect(load.bodies.count == 1)
        withExtendedLifetime(large) {}
    }

    @Test("The memory of a sent body is released")
    func givingBack() throws {
        let load = Self.load()
        for _ in 0..<100 {
            let bodies = (0..<3).map { load.bodies.body(Self.bytes(4000), tag: "\($0)", load) }
            #expect(bodies.map { $0 != nil } == [true, true, false])
        }
        #expect(load.isNone)
    }

    @Test("Threads that use and release equal bodies concurrently do not lose count")
    func race() async throws {
        let load = Self.load()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for number in 0..<2000 {
                        #expect(load.bodies.body(Self.bytes(10), tag: "\(number % 3)", load) != nil)
                    }
                }
            }
        }
        #expect(load.isNone && load.bodies.count == 0)
    }

    @Test("A large response above the memory limit gets 503, and other responses are sent")
    func refusal() async throws {
        var limits = ServiceUnderTest.patience
        limits.unsentSize = 1 << 20
        // The slow client must not be disconnected before the other one is refused.
        limits.sendingGrace = .minutes(10)
        limits.shortSendingGrace = .minutes(10)
        try await ServiceUnderTest.with(features: ["theme"], limits: limits) { api in
            try await api.sql(
                """
                INSERT INTO settings SELECT name, 'str', '"' || repeat(name, size) || '"', '1.0'
                FROM (VALUES ('a', 8000000), ('b', 600000)) AS sizes (name, size)
                """)
            try await api.declare("small")
            for path in ["/api/v1/query?settings=", "/api/v1/settings/"] {
                let slow = try await RawConnection(port: api.port, bufferSize: 8192)
                try await slow.send(RawConnection.request(path + "a"))
                // Once the first bytes have arrived, the rest waits. A request of the second client before that would take the memory first.
                try #require(try await slow.receive())
                let second = try await RawConnection(port: api.port)
                let stopwatch = PatientStopwatch()
                var answer = try await second.get(path + "b")
                while answer.status == 200 {
                    try #require(stopwatch.time < .seconds(120))
                    answer = try await second.get(path + "b")
                }
                #expect(answer.status == 503 && answer.headers["retry-after"] == "1")
                #expect(answer.body == "too many bytes of responses wait to be sent: try again shortly")
                #expect(answer.headers["x-request-id"] != nil)
                #expect(try await second.get(path + "small").status == 200)
                // The same response is in memory already.
                let same = try await RawConnection(port: api.port)
                #expect(try await same.get(path + "a").body.utf8.count > 8_000_000)
                #expect(try await slow.answer().body.utf8.count > 8_000_000)
                answer = try await second.get(path + "b")
                while answer.status != 200 {
                    try #require(stopwatch.time < .seconds(240))
                    answer = try await second.get(path + "b")
                }
                #expect(answer.body.utf8.count > 600_000)
            }
        }
    }
}
