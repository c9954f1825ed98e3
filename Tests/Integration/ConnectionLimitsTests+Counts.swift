import NIOCore
import PostgresTesting
import Testing

@testable import HeksherServer

// Limits on the numbers of connections and requests.
extension ConnectionLimitsTests {
    @Test("When all connections are taken, a new one replaces the connection that has been idle longest")
    func idleMakesRoom() async throws {
        try await Self.with {
            $0.connections = 5
        } _: { api, first in
            let others = try await RawConnection.several(3, port: api.port)
            for connection in others + [first, others[0]] {
                #expect(try await connection.get(Self.query).status == 200)
            }
            // The first to go is an idle connection that the test itself holds.
            let new = try await RawConnection(port: api.port)
            #expect(try await new.get(Self.query).status == 200)
            let newer = try await RawConnection(port: api.port)
            #expect(try await newer.get(Self.query).status == 200)
            #expect(try await others[1].ends())
            // This connection was the next to go; with a request, it is no longer idle longest.
            #expect(try await others[2].get(Self.query).status == 200)
            let newest = try await RawConnection(port: api.port)
            #expect(try await newest.get(Self.query).status == 200)
            #expect(try await first.ends())
            for connection in [others[0], others[2], new, newer, newest] {
                #expect(try await connection.get(Self.query).status == 200)
            }
        }
    }

    @Test("A disconnected client no longer counts as a connection, so that no other one is closed for it")
    func whoHasLeft() async throws {
        try await Self.with {
            $0.connections = 5
        } _: { api, first in
            var others = try await RawConnection.several(3, port: api.port)
            for connection in others + [first] { #expect(try await connection.get(Self.query).status == 200) }
            // The first to go is an idle connection that the test itself holds. Then the test knows all others.
            let new = try await RawConnection(port: api.port)
            #expect(try await new.get(Self.query).status == 200)
            others.removeFirst()
            try await Task.sleep(for: .milliseconds(300))
            let newer = try await RawConnection(port: api.port)
            #expect(try await newer.get(Self.query).status == 200)
            let newest = try await RawConnection(port: api.port)
            #expect(try await newest.get(Self.query).status == 200)
            #expect(try await others[0].ends())
        }
    }

    @Test("If no connection is idle, a new one gets 503, and the requests in progress succeed")
    func connections() async throws {
        try await Self.with {
            $0.connections = 5
        } _: { api, first in
            let body = Self.declaration("a")
            var waiting = try await Self.underWay(2, size: body.utf8.count, api)
            let arriving = try await RawConnection(port: api.port)
            try await arriving.send("GET \(Self.query)")
            try await Task.sleep(for: .seconds(1))
            // The idle connection that the test itself holds is replaced, and so is the first one.
            waiting += try await Self.underWay(2, size: body.utf8.count, api)
            #expect(try await first.ends())
            let refused = try await RawConnection(port: api.port)
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

    @Test("Above the limit of requests in progress, new ones get 503 at once, except the health check")
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
            // The refused requests changed nothing.
            #expect(try await api.send(.get, "/settings/b").status == .notFound)
        }
    }

    @Test(
        "Thousands of pipelined requests all get their responses",
        arguments: [query, "/nowhere", "/api/health"])
    func pipelined(target: String) async throws {
        try await Self.with { _, connection in
            let requests = Array(repeating: RawConnection.request(target), count: 3000).joined()
            async let sent: Void = connection.send(requests)
            for _ in 0..<3000 { #expect(try await connection.answer().status == (target == "/nowhere" ? 404 : 200)) }
            try await sent
            // A body between them is not lost.
            let body = Self.declaration("a")
            let declaration = RawConnection.request(
                "/api/v1/settings/declare", method: "POST",
                headers: ["Content-Length: \(body.utf8.count)", "Content-Type: application/json"], body: body)
            async let sentToo: Void = connection.send(
                Array(repeating: declaration + RawConnection.request(target), count: 100).joined())
            for _ in 0..<100 {
                #expect(try await connection.answer().body == #"{"outcome":"uptodate"}"#)
                #expect(try await connection.answer().status == (target == "/nowhere" ? 404 : 200))
            }
            try await sentToo
        }
    }

    @Test("A client that closes its sending side gets all its responses")
    func pipelinedAndFinished() async throws {
        try await Self.with { _, connection in
            try await connection.send(Array(repeating: RawConnection.request(Self.query), count: 500).joined())
            connection.finishSending()
            for _ in 0..<500 { #expect(try await connection.answer().status == 200) }
            #expect(try await connection.ends())
        }
    }

    @Test("A refused request with 'Expect: 100-continue' gets no 100, also behind another request")
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

    /// Requests whose bodies of this size have not arrived yet.
    static func underWay(_ count: Int, size: Int, _ api: ServiceUnderTest) async throws -> [RawConnection] {
        var waiting: [RawConnection] = []
        for _ in 0..<count {
            let connection = try await RawConnection(port: api.port)
            try await connection.send(
                RawConnection.request(
                    "/api/v1/settings/declare", method: "POST",
                    headers: ["Content-Length: \(size)", "Expect: 100-continue"]))
            #expect(try await connection.answer().status == 100)
            waiting.append(connection)
        }
        return waiting
    }

    @Test("Requests of clients that disconnect no longer count")
    func leaving() async throws {
        try await Self.with {
            $0.requestsInFlight = 4
            $0.connections = 10
        } _: { api, _ in
            for _ in 0..<10 {
                try await api.whileRevisionsAreLocked {
                    for _ in 0..<3 {
                        let leaving = try await RawConnection(port: api.port)
                        try await leaving.send(RawConnection.request(Self.query) + "GET /x")
                    }
                    try await Task.sleep(for: .milliseconds(20))
                }
                let stopwatch = PatientStopwatch()
                // The service may not yet know that the others have disconnected, and then it closes this waiting
                // connection.
                while (try? await RawConnection(port: api.port).get(Self.query))?.status != 200 {
                    try #require(stopwatch.time < .seconds(10))
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
    }
}
