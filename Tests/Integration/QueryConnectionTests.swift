import ContractRuntime
import HTTPRepresentation
import HeksherAPI
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

/// The bytes of a connection when queries get cached responses.
@Suite struct QueryConnectionTests {
    private static let target = "/api/v1/query?settings=a"
    private static let bigTarget = "/api/v1/query?settings=big"
    private static let otherTarget = "/api/v1/settings/a"

    /// A small setting and one of about 800,000 bytes, with cached responses.
    private static func with(
        _ test: (ServiceUnderTest, RawConnection) async throws -> Void
    ) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.addRule("a", ["theme": "dark"], 1)
            try await api.sql(
                "INSERT INTO settings VALUES ('big', 'str', '\"' || repeat('x', 800000) || '\"', '1.0')")
            let connection = try await RawConnection(port: api.port)
            for target in [target, bigTarget] {
                for _ in 0..<4 { #expect(try await connection.get(target).status == 200) }
            }
            try await test(api, connection)
        }
    }

    @Test("A cached response has the same headers as a new one")
    func headers() async throws {
        try await Self.with { _, connection in
            let again = try await connection.get(Self.target)
            // The same query with another spelling, for which no response is cached.
            let first = try await connection.get(Self.target + "&context_filters=*")
            #expect(
                Set(again.headers.keys) == [
                    "content-type", "content-length", "etag", "date", "server", "vary", "cache-control",
                ])
            #expect(Set(first.headers.keys) == Set(again.headers.keys))
            #expect(first.body == again.body)
            for name in ["content-type", "content-length", "etag", "server"] {
                #expect(first.headers[name] == again.headers[name], "\(name)")
            }
            let day = #/(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d GMT/#
            for answer in [first, again] {
                #expect(answer.headers["date"]?.wholeMatch(of: day) != nil, "\(answer.headers)")
                #expect(answer.headers["content-length"] == "\(answer.body.utf8.count)")
                #expect(answer.headers["etag"] == EntityTag(ofBody: Array(answer.body.utf8)).text)
            }
        }
    }

    @Test("If-None-Match has the same result for cached and new responses")
    func conditions() async throws {
        try await Self.with { _, connection in
            let tag = try #require(try await connection.get(Self.target).headers["etag"])
            let conditions = [
                tag, "W/\(tag)", "*", " * ", "\"x\", \(tag)", "\"x\",W/\"y\" , \(tag),\"z\"", "\"x\"", "x", "",
                tag.replacing("\"", with: ""), "\"\(tag)\"", "\"x",
            ]
            for (number, condition) in conditions.enumerated() {
                let again = try await connection.get(Self.target, headers: ["If-None-Match: \(condition)"])
                // An unknown parameter makes it another target.
                let first = try await connection.get(
                    "\(Self.target)&n=\(number)", headers: ["If-None-Match: \(condition)"])
                #expect(again.status == first.status, "\(condition)")
                #expect(again.status == (number < 6 ? 304 : 200), "\(condition)")
                #expect(again.body == first.body)
                #expect(Set(again.headers.keys) == Set(first.headers.keys))
                #expect(again.headers["etag"] == tag)
            }
            let lines = ["If-None-Match: \"x\"", "If-None-Match: \(tag)"]
            #expect(try await connection.get(Self.target, headers: lines).status == 304)
            #expect(try await connection.get("\(Self.target)&n=x", headers: lines).status == 304)
        }
    }

    @Test("A cached response to HEAD has no body, and the connection stays usable")
    func head() async throws {
        try await Self.with { _, connection in
            let get = try await connection.get(Self.target)
            for _ in 0..<3 {
                try await connection.send(RawConnection.request(Self.target, method: "HEAD"))
                let head = try await connection.answer(toHead: true)
                #expect(head.status == 200 && head.headers["etag"] == get.headers["etag"])
                #expect(head.headers["content-length"] == get.headers["content-length"])
                #expect(try await connection.get(Self.target).body == get.body)
            }
        }
    }

    @Test("A body in a GET request is skipped")
    func body() async throws {
        try await Self.with { _, connection in
            let get = try await connection.get(Self.target)
            for headers in [["Content-Length: 5"], ["Transfer-Encoding: chunked"], ["Content-Length: 0"]] {
                let body = ["hello", "5\r\nhello\r\n0\r\n\r\n", ""][
                    headers[0].contains("5") ? 0 : headers[0].contains("k") ? 1 : 2]
                let request = RawConnection.request(Self.target, headers: headers, body: body)
                try await connection.send(request + RawConnection.request(Self.target))
                for _ in 0..<2 { #expect(try await connection.answer().body == get.body) }
            }
        }
    }

    @Test("If a client asks to close the connection, it gets its response and the connection ends")
    func close() async throws {
        try await Self.with { api, connection in
            let get = try await connection.get(Self.target)
            #expect(try await connection.get(Self.target, headers: ["Connection: close"]).body == get.body)
            #expect(try await connection.ends())
            let old = try await RawConnection(port: api.port)
            try await old.send("GET \(Self.target) HTTP/1.0\r\n\r\n")
            #expect(try await old.answer().body == get.body)
            let kept = try await RawConnection(port: api.port)
            for _ in 0..<2 {
                try await kept.send("GET \(Self.target) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(try await kept.answer().body == get.body)
            }
        }
    }

    @Test("Pipelined responses keep the order of the requests, whether cached or not")
    func pipelining() async throws {
        try await Self.with { _, connection in
            let (small, big) = (
                try await connection.get(Self.target).body, try await connection.get(Self.bigTarget).body
            )
            let other = try await connection.get(Self.otherTarget).body
            let known = [(Self.target, small), (Self.bigTarget, big), (Self.otherTarget, other), ("/nowhere", nil)]
            var numbers = SeededNumbers(seed: 1)
            for _ in 0..<4 {
                let asked = (0..<40).map { _ in known[Int.random(in: 0..<100, using: &numbers) % 7 % 4] }
                async let sent: Void = connection.send(asked.map { RawConnection.request($0.0) }.joined())
                for (target, body) in asked {
                    let answer = try await connection.answer()
                    #expect(body == nil ? answer.status == 404 : answer.body == body, "\(target)")
                }
                try await sent
            }
        }
    }

    @Test("Invalid bytes after a request get 400 after its response, and the connection ends")
    func garbage() async throws {
        try await Self.with { api, connection in
            let body = try await connection.get(Self.target).body
            try await connection.send(RawConnection.request(Self.target) + "no HTTP at all\r\n\r\n")
            #expect(try await connection.answer().body == body)
            #expect(try await connection.answer().status == 400)
            #expect(try await connection.ends())
            // While the database is slow.
            let other = try await RawConnection(port: api.port)
            try await api.whileRevisionsAreLocked {
                try await other.send(RawConnection.request(Self.target) + "no HTTP at all\r\n\r\n")
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try await other.answer().body == body)
            #expect(try await other.answer().status == 400)
        }
    }

    @Test("A client that closes its sending side gets its responses", arguments: [target, bigTarget])
    func halfClosed(target: String) async throws {
        try await Self.with { api, connection in
            let body = try await connection.get(target).body
            for count in [1, 3] {
                let other = try await RawConnection(port: api.port)
                try await other.send(String(repeating: RawConnection.request(target), count: count))
                other.finishSending()
                // Long enough for the service to notice before it has sent everything.
                try await Task.sleep(for: .milliseconds(50))
                for _ in 0..<count { #expect(try await other.answer().body == body) }
                #expect(try await other.ends())
            }
            // While the database is slow.
            let other = try await RawConnection(port: api.port)
            try await api.whileRevisionsAreLocked {
                try await other.send(RawConnection.request(target))
                other.finishSending()
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await other.answer().body == body)
            #expect(try await other.ends())
        }
    }

    @Test("Clients that disconnect while the database is queried do not affect others")
    func disconnected() async throws {
        try await Self.with { api, connection in
            let body = try await connection.get(Self.target).body
            try await api.whileRevisionsAreLocked {
                for number in 0..<20 {
                    let leaving = try await RawConnection(port: api.port)
                    try await leaving.send(String(repeating: RawConnection.request(Self.target), count: 1 + number % 3))
                }
                try await connection.send(RawConnection.request(Self.target))
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await connection.answer().body == body)
            #expect(try await connection.get(Self.target).body == body)
        }
    }

    @Test("A client that does not read its responses is not sent more without limit")
    func unread() async throws {
        try await Self.with { api, connection in
            let body = try await connection.get(Self.bigTarget).body
            let greedy = try await RawConnection(port: api.port)
            try await greedy.send(String(repeating: RawConnection.request(Self.bigTarget), count: 600))
            try await Task.sleep(for: .seconds(1))
            #expect(try await connection.get(Self.target).status == 200)
            // The responses from before this change wait in buffers.
            try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'big'")
            var count = 0
            while try await greedy.answer().body == body { count += 1 }
            #expect(count < 60)
        }
    }

    @Test("While a query waits for the database, the service reads only a limited number of further bytes")
    func flooding() async throws {
        try await Self.with { api, connection in
            let body = try await connection.get(Self.target).body
            let size = 64 << 20
            let upload = "POST /api/v1/rules HTTP/1.1\r\nHost: test\r\nContent-Length: \(size)\r\n\r\n"
            let flood = Array((RawConnection.request(Self.target) + upload).utf8) + [UInt8](repeating: 32, count: size)
            try await api.whileRevisionsAreLocked {
                let sent = try await connection.send(asMuchAsPossibleOf: flood, within: .milliseconds(500))
                #expect(sent < 32 << 20)
            }
            #expect(try await connection.answer().body == body)
        }
    }

    @Test("A service that stops still responds to pending requests", arguments: [target, bigTarget, otherTarget])
    func stopping(target: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { outer in
            let (connections, made) = AsyncStream.makeStream(of: RawConnection.self)
            var asking: RawConnection?
            try await ServiceUnderTest.running(on: outer.database) { api in
                try await api.declare("a")
                try await api.sql(
                    "INSERT INTO settings VALUES ('big', 'str', '\"' || repeat('x', 800000) || '\"', '1.0')")
                let connection = try await RawConnection(port: api.port)
                for _ in 0..<4 { _ = try await connection.get(target) }
                let isQuery = target != Self.otherTarget
                Task {
                    defer { made.finish() }
                    func ask() async throws {
                        try await connection.send(RawConnection.request(target))
                        // The statements that read everything into memory may wait as well; they begin differently.
                        try await api.waitForWaiting(beginning: isQuery ? "SELECT sum(token)" : "SELECT s.name")
                        made.yield(connection)
                        try await Task.sleep(for: .milliseconds(400))
                    }
                    if isQuery {
                        try await api.whileRevisionsAreLocked { try await ask() }
                    } else {
                        try await api.whileTablesAreLocked { try await ask() }
                    }
                }
                // The service stops once the request waits for the database, while the tables are locked.
                asking = await connections.first { _ in true }
            }
            let connection = try #require(asking)
            #expect(try await connection.answer().status == 200)
            #expect(try await connection.ends())
        }
    }

    @Test("If the database hangs, requests get 503 in time, and later ones succeed")
    func frozen() async throws {
        try await Self.with { api, connection in
            let body = try await connection.get(Self.target).body
            try await api.whileRevisionsAreLocked {
                let duration = try await PatientStopwatch.measure {
                    let requests = [RawConnection.request(Self.target), RawConnection.request(Self.target)]
                    try await connection.send(requests.joined())
                    for _ in requests { #expect(try await connection.answer().status == 503) }
                }
                #expect(duration < .seconds(12))
            }
            try await Task.sleep(for: .milliseconds(150))
            #expect(try await connection.get(Self.target).body == body)
        }
    }
}
