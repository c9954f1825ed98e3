import NIOCore
import PostgresTesting
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// Limits of connections and requests for each client address.
@Suite struct AddressLimitsTests {
    private static let query = "/api/v1/query?settings=a"

    private static func with(
        proxies: String = "", _ change: (inout ConnectionLimits) -> Void,
        _ test: (ServiceUnderTest) async throws -> Void
    ) async throws {
        var limits = ServiceUnderTest.patience
        change(&limits)
        try await ServiceUnderTest.with(
            features: ["theme"], limits: limits,
            proxies: TrustedProxies(parsing: proxies, option: "HEKSHER_TRUSTED_PROXIES"), test)
    }

    @Test("Above the connection limit of an address, requests get 429, except the health check")
    func connections() async throws {
        try await Self.with {
            $0.connectionsPerAddress = 3
        } _: { api in
            let first = try await RawConnection.several(3, port: api.port)
            for connection in first { #expect(try await connection.get("/nowhere").status == 404) }
            for target in [Self.query, "/nowhere"] {
                let refused = try await RawConnection(port: api.port)
                let answer = try await refused.get(target)
                #expect(answer.status == 429 && answer.headers["retry-after"] == "1")
                #expect(answer.headers["connection"] == "close" && answer.headers["x-request-id"] != nil)
                #expect(answer.body == "there are too many connections from this address: try again shortly")
                #expect(try await refused.ends())
            }
            let health = try await RawConnection(port: api.port)
            let answer = try await health.get("/api/health")
            #expect(answer.status == 200 && answer.headers["connection"] == "close")
            #expect(try await health.ends())
            // A connection that sends nothing is ended.
            let silent = try await RawConnection(port: api.port)
            #expect(try await silent.answer().status == 429)
            for connection in first { #expect(try await connection.get("/nowhere").status == 404) }
        }
    }

    @Test("When a connection ends, its address may open another one")
    func connectionsThatEnd() async throws {
        try await Self.with {
            $0.connectionsPerAddress = 2
        } _: { api in
            let stopwatch = PatientStopwatch()
            for _ in 0..<20 {
                while try await RawConnection(port: api.port).get("/nowhere").status != 404 {
                    try #require(stopwatch.time < .seconds(30))
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
    }

    @Test("Connections of a trusted proxy are not limited")
    func connectionsOfProxy() async throws {
        try await Self.with(proxies: "127.0.0.0/8") {
            $0.connectionsPerAddress = 2
        } _: { api in
            let connections = try await RawConnection.several(10, port: api.port)
            for connection in connections { #expect(try await connection.get("/nowhere").status == 404) }
        }
    }

    @Test("Above the rate limit of an address, requests get 429 on every path, except the health check")
    func requests() async throws {
        try await Self.with {
            // The burst is one request, so that the limit is exceeded even on the slowest machine.
            $0.requestsPerSecondPerAddress = 1
        } _: { api in
            let connection = try await RawConnection(port: api.port)
            for target in [Self.query, "/nowhere", "/docs"] {
                let requests = Array(repeating: RawConnection.request(target), count: 20).joined()
                try await connection.send(requests)
                var statuses: [Int: Int] = [:]
                for _ in 0..<20 {
                    let answer = try await connection.answer()
                    statuses[answer.status, default: 0] += 1
                    guard answer.status == 429 else { continue }
                    #expect(answer.headers["retry-after"] == "1" && answer.headers["connection"] == nil)
                    #expect(answer.body == "this address sends too many requests a second: try again shortly")
                }
                #expect(statuses[429] ?? 0 > 0, "\(target): \(statuses)")
            }
            for _ in 0..<5 { #expect(try await connection.get("/api/health").status == 200) }
            // The body of a refused request is skipped.
            let stopwatch = PatientStopwatch()
            var status = 0
            while status != 429 {
                try #require(stopwatch.time < .seconds(30))
                try await connection.send(
                    RawConnection.request(
                        "/api/v1/settings/declare", method: "POST", headers: ["Content-Length: 5"], body: "hello"))
                status = try await connection.answer().status
            }
            #expect(try await connection.get("/api/health").status == 200)
        }
    }

    @Test("Behind a trusted proxy, each client has its own rate limit; other peers cannot forge their address")
    func forwarded() async throws {
        for isTrusted in [true, false] {
            try await Self.with(proxies: isTrusted ? "127.0.0.1,10.0.0.0/8" : "10.0.0.0/8") {
                $0.requestsPerSecondPerAddress = 1
            } _: { api in
                let connection = try await RawConnection(port: api.port)
                let requests = (0..<30).map {
                    RawConnection.request(
                        "/nowhere", headers: ["X-Forwarded-For: 203.0.113.1, 198.51.100.\($0), 10.0.0.9"])
                }
                try await connection.send(requests.joined())
                var refused = 0
                for _ in 0..<30 { if try await connection.answer().status == 429 { refused += 1 } }
                #expect(isTrusted ? refused == 0 : refused > 0)
            }
        }
    }

    // MARK: Rates

    private static let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

    @Test("The rate limit admits a burst of one second's requests, and then the rate")
    func rate() throws {
        let rates = RequestRates(requestsPerSecond: 10)
        let address = try #require(IPAddress("192.0.2.1"))
        #expect((0..<20).filter { _ in rates.admits(address, at: Self.start) }.count == 10)
        #expect(!rates.admits(address, at: Self.start + .milliseconds(99)))
        #expect(rates.admits(address, at: Self.start + .milliseconds(100)))
        #expect(!rates.admits(address, at: Self.start + .milliseconds(199)))
        // After any pause, the burst is one second's requests.
        for seconds in [2, 4, 60] {
            #expect(
                (0..<20).filter { _ in rates.admits(address, at: Self.start + .seconds(Int64(seconds))) }.count == 10)
        }
        // Ten requests a second for a minute.
        let admitted = (0..<6000).filter {
            rates.admits(address, at: Self.start + .seconds(100) + .milliseconds(Int64($0) * 10))
        }
        #expect((600...611).contains(admitted.count))
    }

    @Test("Few addresses are counted separately, and many addresses take limited memory")
    func addresses() throws {
        let rates = RequestRates(requestsPerSecond: 1)
        for number in 0..<200_000 {
            let address = try #require(IPAddress("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"))
            #expect(rates.admits(address, at: Self.start))
            if number < 1000 { #expect(!rates.admits(address, at: Self.start)) }
        }
        #expect(rates.count <= 2 * 65_536)
        for number in 0..<100 {
            let address = try #require(IPAddress("10.0.0.\(number)"))
            #expect(rates.admits(address, at: Self.start + .seconds(3)))
        }
        #expect(rates.count <= 65_536 + 100)
    }

    @Test("The addresses of an IPv6 /64 network count as one client")
    func networks() throws {
        var limits = ConnectionLimits()
        limits.connectionsPerAddress = 1
        let addresses = try #require(
            AddressLimits(limits, TrustedProxies(parsing: "10.0.0.0/8", option: "HEKSHER_TRUSTED_PROXIES")))
        func counted(_ text: String) throws -> IPAddress? {
            addresses.countedPeer(try SocketAddress(ipAddress: text, port: 1))
        }
        #expect(try counted("2001:db8:0:1::1") == counted("2001:db8:0:1:ffff::2"))
        #expect(try counted("2001:db8:0:1::1") != counted("2001:db8:0:2::1"))
        #expect(try counted("192.0.2.1") != counted("192.0.2.2"))
        #expect(try counted("192.0.2.1") == counted("::ffff:192.0.2.1"))
        #expect(try counted("10.1.2.3") == nil)
        #expect(AddressLimits(ConnectionLimits(), TrustedProxies()) == nil)
    }
}
