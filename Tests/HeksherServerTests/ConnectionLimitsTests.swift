import NIOCore
import PostgresTesting
import Testing

@testable import HeksherServer

/// What one client may take of the service, and what all may take together.
@Suite struct ConnectionLimitsTests {
    private static let query = "/api/v1/query?settings=a"

    private static func with(
        _ change: (inout ConnectionLimits) -> Void = { _ in },
        _ test: (ServiceUnderTest, RawConnection) async throws -> Void
    ) async throws {
        var limits = ServiceUnderTest.patience
        change(&limits)
        try await ServiceUnderTest.with(features: ["theme"], limits: limits) { api in
            try await api.declare("a")
            let connection = try RawConnection(port: api.port)
            #expect(try await connection.get(query).status == 200)
            try await test(api, connection)
        }
    }

    private static func declaration(_ name: String, padding: Int = 0) -> String {
        let pad = String(repeating: " ", count: padding)
        return #"{"name": "\#(name)", "configurable_features": ["theme"], "type": "int", "default_value": 0\#(pad)}"#
    }

    // MARK: Sizes

    @Test("A target may be long, and is refused with 414 when it is too long", arguments: [1, 100_000])
    func target(excess: Int) async throws {
        try await Self.with { api, connection in
            let limit = 128 << 10
            let start = Self.query + String(repeating: ",a", count: 19_999) + "&x="
            let long = start + String(repeating: "x", count: limit - start.utf8.count)
            #expect(try await connection.get(long).status == 200)
            #expect(try await connection.get(Self.query + String(repeating: ",a", count: 20_000)).status == 422)
            let answer = try await connection.get(long + String(repeating: "x", count: excess))
            #expect(answer.status == 414)
            #expect(answer.body == "the target of the request has more than 131072 bytes")
            #expect(answer.headers["connection"] == "close" && answer.headers["x-request-id"] != nil)
            #expect(try await connection.ends())
        }
    }

    @Test("A target without an end is cut off")
    func endlessTarget() async throws {
        try await Self.with { api, connection in
            let endless = Array(("GET " + Self.query).utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 32 << 20)
            _ = try await connection.send(asMuchAsPossibleOf: endless, within: .milliseconds(500))
            #expect(try await connection.answer().status == 414)
        }
    }

    @Test("Header fields may be long, and are refused with 431 when they are too long or too many")
    func fields() async throws {
        try await Self.with { api, connection in
            let long = "X-Long: " + String(repeating: "x", count: 60_000)
            #expect(try await connection.get(Self.query, headers: [long]).status == 200)
            let many = (0..<240).map { "X-\($0): y" }
            #expect(try await connection.get(Self.query, headers: many).status == 200)
            for fields in [
                [long, long], ["X: " + String(repeating: "x", count: 500_000)], (0..<300).map { "X-\($0): y" },
                (0..<20_000).map { "X-\($0): y" },
            ] {
                let other = try RawConnection(port: api.port)
                let answer = try await other.get(Self.query, headers: fields)
                #expect(answer.status == 431)
                #expect(answer.body == "the request has more than 256 header fields, or more than 65536 bytes of them")
                #expect(try await other.ends())
            }
        }
    }

    @Test("A body is refused with 413 when it is too long, before it is read where its length is told")
    func body() async throws {
        try await Self.with { api, connection in
            let body = Self.declaration("a")
            let fitting = body + String(repeating: " ", count: (1 << 20) - body.utf8.count)
            let head = { (size: Int) in
                RawConnection.request(
                    "/api/v1/settings/declare", method: "POST",
                    headers: ["Content-Length: \(size)", "Content-Type: application/json"])
            }
            try await connection.send(head(1 << 20) + fitting)
            #expect(try await connection.answer().status == 200)
            // One that is a little too long is heard to its end, and the connection goes on.
            try await connection.send(head((1 << 20) + 1) + fitting)
            try await Task.sleep(for: .milliseconds(50))
            try await connection.send(" ")
            #expect(try await connection.answer().status == 413)
            try await connection.send(head(64 << 20))
            let answer = try await connection.answer()
            #expect(answer.status == 413 && answer.body == "the body has more than 1048576 bytes")
            #expect(try await connection.ends())
            // Numbers that are none.
            for length in ["-1", "0x10", "1e3", "99999999999999999999999", "5 5", "5,5", "+5", ""] {
                let other = try RawConnection(port: api.port)
                try await other.send(
                    RawConnection.request(
                        "/api/v1/settings/declare", method: "POST", headers: ["Content-Length: \(length)"]))
                #expect([400, 413].contains(try await other.answer().status), "\(length)")
                #expect(try await other.ends())
            }
        }
    }

    @Test("A body in chunks is refused with 413 once it is too long, whether it is read or not")
    func chunkedBody() async throws {
        try await Self.with { api, _ in
            for target in ["/api/v1/settings/declare", "/nowhere"] {
                let connection = try RawConnection(port: api.port)
                let chunk = "10000\r\n" + String(repeating: " ", count: 1 << 16) + "\r\n"
                try await connection.send(
                    RawConnection.request(target, method: "POST", headers: ["Transfer-Encoding: chunked"]))
                _ = try await connection.send(
                    asMuchAsPossibleOf: Array(String(repeating: chunk, count: 64).utf8), within: .seconds(30))
                #expect(try await connection.answer().status == (target == "/nowhere" ? 404 : 413))
                #expect(try await connection.ends())
            }
        }
    }

    @Test("All bodies together have a limit as well")
    func bodies() async throws {
        try await Self.with {
            $0.bodySize = 1024
            $0.bodiesInFlight = 8
        } _: { api, _ in
            let body = Self.declaration("a")
            let fitting = body + String(repeating: " ", count: 1024 - body.utf8.count)
            func ask() async throws -> RawConnection.Answer {
                let connection = try RawConnection(port: api.port)
                try await connection.send(
                    RawConnection.request(
                        "/api/v1/settings/declare", method: "POST", headers: ["Content-Length: 1024"], body: fitting))
                return try await connection.answer()
            }
            let waiting = try await Self.underWay(9, size: 1024, api)
            // Who has only announced a body keeps nobody out.
            #expect(try await ask().status == 200)
            try await withThrowingTaskGroup(of: RawConnection.Answer.self) { group in
                for other in waiting {
                    try await other.send(String(fitting.dropLast()))
                    group.addTask { try await other.answer() }
                }
                // One of them is too many, whoever is heard last; the others wait for their last byte.
                let refused = try #require(try await group.next())
                #expect(refused.status == 503 && refused.headers["retry-after"] == "1")
                for other in waiting { try? await other.send(" ") }
                for try await answer in group { #expect(answer.status == 200) }
            }
            #expect(try await ask().status == 200)
        }
    }

    // MARK: Time

    @Test("Who sends a head byte by byte is cut off with 408")
    func slowHead() async throws {
        try await Self.with {
            $0.arrivalTime = .milliseconds(1500)
        } _: { api, connection in
            // One who has been answered before, and one who has not.
            for isKnown in [true, false] {
                let slow = isKnown ? connection : try RawConnection(port: api.port)
                let (start, stopwatch) = (ContinuousClock.now, PatientStopwatch())
                let trickling = Task {
                    for byte in RawConnection.request(Self.query, headers: [String(repeating: "X: y\r\n", count: 30)]) {
                        try await slow.send(String(byte))
                        try await Task.sleep(for: .milliseconds(100))
                    }
                }
                let answer = try await slow.answer()
                #expect(answer.status == 408 && answer.body == "the request took too long to come")
                #expect(.now - start > .seconds(1) && stopwatch.time < .seconds(5))
                #expect((try? await slow.ends()) != false)
                trickling.cancel()
                _ = await trickling.result
            }
        }
    }

    @Test("Who sends a body byte by byte is cut off with 408, and so is who sends none")
    func slowBody() async throws {
        try await Self.with {
            $0.arrivalTime = .milliseconds(1500)
        } _: { api, _ in
            for isTrickling in [true, false] {
                let slow = try RawConnection(port: api.port)
                let (start, stopwatch) = (ContinuousClock.now, PatientStopwatch())
                try await slow.send(
                    RawConnection.request(
                        "/api/v1/settings/declare", method: "POST", headers: ["Content-Length: 1000"]))
                let trickling = Task {
                    while isTrickling {
                        try await slow.send(" ")
                        try await Task.sleep(for: .milliseconds(100))
                    }
                }
                #expect(try await slow.answer().status == 408)
                #expect(.now - start > .seconds(1) && stopwatch.time < .seconds(5))
                trickling.cancel()
                _ = await trickling.result
            }
        }
    }

    private static func hasty(_ limits: inout ConnectionLimits) {
        limits.arrivalTime = .milliseconds(1500)
        limits.idleTime = .milliseconds(2500)
    }

    @Test("A connection on which nothing is asked is closed without a word, and not before its time")
    func idle() async throws {
        try await Self.with(Self.hasty) { api, connection in
            let (start, stopwatch) = (ContinuousClock.now, PatientStopwatch())
            let silent = try RawConnection(port: api.port)
            #expect(try await silent.ends())
            #expect(.now - start > .seconds(2) && stopwatch.time < .seconds(6))
            #expect(try await connection.ends())
            var (isKept, wasHeldUp) = (false, true)
            // Who does not come to ask in time, since the machine is busy, has to try again.
            while wasHeldUp, !isKept { (isKept, wasHeldUp) = try await Self.asksAgainAndAgain(api) }
            #expect(isKept)
        }
    }

    /// Asks on one connection for longer than it may be idle.
    private static func asksAgainAndAgain(_ api: ServiceUnderTest) async throws -> (isKept: Bool, wasHeldUp: Bool) {
        // When it began to ask for the last answer that it has got.
        var last = ContinuousClock.now
        let connection = try RawConnection(port: api.port)
        for _ in 0..<20 {
            let start = ContinuousClock.now
            let answer = try? await connection.get(Self.query)
            guard answer?.status == 200 else { return (false, .now - last > .seconds(1)) }
            last = start
            try await Task.sleep(for: .milliseconds(200))
        }
        return (true, false)
    }

    @Test("Who waits for an answer is not idle, and who waits behind it is not slow")
    func waiting() async throws {
        try await Self.with {
            $0.idleTime = .milliseconds(1500)
            $0.arrivalTime = .milliseconds(1500)
        } _: { api, _ in
            var asking: RawConnection?
            try await api.whileRevisionsAreLocked {
                let connection = try RawConnection(port: api.port)
                asking = connection
                try await connection.send(RawConnection.request(Self.query))
                try await Task.sleep(for: .milliseconds(100))
                try await connection.send("GET /api/v1/qu")
                try await Task.sleep(for: .milliseconds(2500))
                try await connection.send("ery?settings=a HTTP/1.1\r\nHost: test\r\n\r\n")
            }
            let connection = try #require(asking)
            for _ in 0..<2 { #expect(try await connection.answer().status == 200) }
        }
    }

    @Test("Who does not read its answers is cut off, who reads them slowly is not")
    func stalling() async throws {
        try await Self.with {
            $0.stallTime = .seconds(6)
        } _: { api, _ in
            try await api.sql("INSERT INTO settings VALUES ('big', 'str', '\"' || repeat('x', 8000000) || '\"', '1.0')")
            let big = RawConnection.request("/api/v1/query?settings=big")
            let slow = try RawConnection(port: api.port)
            try await slow.send(big)
            // All in all, it takes longer than it may stall.
            #expect(try await slow.answer(pausing: .milliseconds(80)).body.utf8.count > 8_000_000)
            let stalled = try RawConnection(port: api.port)
            try await stalled.send(big)
            try await Task.sleep(for: .seconds(20))
            await #expect(throws: RawConnection.Failure.self) { try await stalled.answer() }
        }
    }

    // MARK: Numbers

    @Test("Who has been idle longest makes room for who comes")
    func idleMakesRoom() async throws {
        try await Self.with {
            $0.connections = 5
        } _: { api, first in
            let others = try (0..<3).map { _ in try RawConnection(port: api.port) }
            for connection in others + [first, others[0]] {
                #expect(try await connection.get(Self.query).status == 200)
            }
            // One of the test's own goes before those.
            let new = try RawConnection(port: api.port)
            #expect(try await new.get(Self.query).status == 200)
            let newer = try RawConnection(port: api.port)
            #expect(try await newer.get(Self.query).status == 200)
            #expect(try await others[1].ends())
            // Who was next and asks something is so no more.
            #expect(try await others[2].get(Self.query).status == 200)
            let newest = try RawConnection(port: api.port)
            #expect(try await newest.get(Self.query).status == 200)
            #expect(try await first.ends())
            for connection in [others[0], others[2], new, newer, newest] {
                #expect(try await connection.get(Self.query).status == 200)
            }
        }
    }

    @Test("Who has left already makes no room once more")
    func whoHasLeft() async throws {
        try await Self.with {
            $0.connections = 5
        } _: { api, first in
            var others = try (0..<3).map { _ in try RawConnection(port: api.port) }
            for connection in others + [first] { #expect(try await connection.get(Self.query).status == 200) }
            // One of the test's own goes before those, who are known from then on.
            let new = try RawConnection(port: api.port)
            #expect(try await new.get(Self.query).status == 200)
            others.removeFirst()
            try await Task.sleep(for: .milliseconds(300))
            let newer = try RawConnection(port: api.port)
            #expect(try await newer.get(Self.query).status == 200)
            let newest = try RawConnection(port: api.port)
            #expect(try await newest.get(Self.query).status == 200)
            #expect(try await others[0].ends())
        }
    }

    @Test("Who is one too many is told so while something is under way on every connection, and none of that is lost")
    func connections() async throws {
        try await Self.with {
            $0.connections = 5
        } _: { api, first in
            let body = Self.declaration("a")
            var waiting = try await Self.underWay(2, size: body.utf8.count, api)
            let arriving = try RawConnection(port: api.port)
            try await arriving.send("GET \(Self.query)")
            try await Task.sleep(for: .seconds(1))
            // One of the test's own, which is idle, makes room, and so does the first.
            waiting += try await Self.underWay(2, size: body.utf8.count, api)
            #expect(try await first.ends())
            let refused = try RawConnection(port: api.port)
            let answer = try await refused.get(Self.query)
            #expect(answer.status == 503 && answer.headers["retry-after"] == "1")
            #expect(answer.body == "there are too many connections to the service: try again shortly")
            #expect(try await refused.ends())
            try await arriving.send(" HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try await arriving.answer().status == 200)
            for connection in waiting {
                try await connection.send(body)
                #expect(try await connection.answer().status == 200)
            }
            let stopwatch = PatientStopwatch()
            while try await RawConnection(port: api.port).get(Self.query).status != 200 {
                try #require(stopwatch.time < .seconds(10))
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test("Beyond so many requests in flight whoever asks is told at once to try again, but for the health check")
    func requestsInFlight() async throws {
        try await Self.with {
            $0.requestsInFlight = 8
        } _: { api, connection in
            let body = Self.declaration("a")
            let waiting = try await Self.underWay(8, size: body.utf8.count, api)
            for target in [Self.query, "/api/v1/settings", "/nowhere", "/docs"] {
                let answer = try await connection.get(target)
                #expect(answer.status == 503 && answer.headers["retry-after"] == "1", "\(target)")
                #expect(answer.body == "the service has too many requests under way: try again shortly")
            }
            try await connection.send(RawConnection.request(Self.query, method: "HEAD"))
            #expect(try await connection.answer(toHead: true).status == 503)
            #expect(try await connection.get("/api/health").status == 200)
            let other = Self.declaration("b")
            try await connection.send(
                RawConnection.request(
                    "/api/v1/settings/declare", method: "POST",
                    headers: ["Content-Length: \(other.utf8.count)"], body: other))
            #expect(try await connection.answer().status == 503)
            for connection in waiting {
                try await connection.send(body)
                #expect(try await connection.answer().status == 200)
            }
            #expect(try await connection.get(Self.query).status == 200)
            // What was refused has changed nothing.
            #expect(try await api.send(.get, "/settings/b").status == .notFound)
        }
    }

    @Test("Who sends more requests on a connection than may wait there is told so, once the others are answered")
    func pipelined() async throws {
        try await Self.with {
            $0.pipelinedRequests = 10
        } _: { _, connection in
            try await connection.send(String(repeating: RawConnection.request(Self.query), count: 30))
            for _ in 0..<10 { #expect(try await connection.answer().status == 200) }
            #expect(try await connection.answer().status == 503)
            #expect(try await connection.ends())
        }
    }

    @Test("Nobody is asked for the body of a request that is refused, even if its turn comes later")
    func refusedInTurn() async throws {
        try await Self.with { _, connection in
            let upload = RawConnection.request(
                "/api/v1/settings/declare", method: "POST",
                headers: ["Content-Length: \(2 << 20)", "Expect: 100-continue"])
            try await connection.send(RawConnection.request(Self.query) + upload)
            #expect(try await connection.answer().status == 200)
            #expect(try await connection.answer().status == 413)
        }
    }

    /// Requests whose bodies of some size are still to come.
    private static func underWay(_ count: Int, size: Int, _ api: ServiceUnderTest) async throws -> [RawConnection] {
        var waiting: [RawConnection] = []
        for _ in 0..<count {
            let connection = try RawConnection(port: api.port)
            try await connection.send(
                RawConnection.request(
                    "/api/v1/settings/declare", method: "POST",
                    headers: ["Content-Length: \(size)", "Expect: 100-continue"]))
            #expect(try await connection.answer().status == 100)
            waiting.append(connection)
        }
        return waiting
    }

    @Test("Requests of those who leave are not counted for ever")
    func leaving() async throws {
        try await Self.with {
            $0.requestsInFlight = 4
            $0.connections = 10
        } _: { api, _ in
            for _ in 0..<10 {
                try await api.whileRevisionsAreLocked {
                    for _ in 0..<3 {
                        let leaving = try RawConnection(port: api.port)
                        try await leaving.send(RawConnection.request(Self.query) + "GET /x")
                    }
                    try await Task.sleep(for: .milliseconds(20))
                }
                let stopwatch = PatientStopwatch()
                // Who asks and waits may be who has to make room, as long as it has not been heard that the others have left.
                while await (try? RawConnection(port: api.port).get(Self.query))?.status != 200 {
                    try #require(stopwatch.time < .seconds(10))
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
    }
}
