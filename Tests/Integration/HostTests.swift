import PostgresTesting
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// The host names that the service accepts. A web page whose name resolves to a loopback address (DNS rebinding) must
/// get nothing.
@Suite struct HostTests {
    @Test(
        "On a loopback address, requests with a foreign Host get 403 on every path and change nothing"
    )
    func rebinding() async throws {
        try await ServiceUnderTest.with(
            features: ["theme"],
            configure: {
                $0.allowedHosts = try AllowedHosts(
                    parsing: " heksher.example.com ,\tother:8080\t", option: "HEKSHER_ALLOWED_HOSTS")
            }
        ) { api in
            try await api.declare("a")
            let bad = [
                "evil.example", "evil.example:\(api.port)", "localhost.evil.example", "127.0.0.1.evil.example",
                "xlocalhost",
                "127.1", "0x7f.0.0.1", "2130706433", "0.0.0.0", "10.0.0.1", "[::]", "[::2]", "example.com",
                "x.heksher.example.com",
                "other", "other:80", "128.0.0.1", "x",
            ]
            let good = [
                "127.0.0.1", "127.0.0.1:\(api.port)", "127.8.9.10", "localhost", "LOCALHOST:1", "localhost.",
                "app.localhost:3000",
                "[::1]", "[::1]:\(api.port)", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "heksher.example.com",
                "HEKSHER.example.com:81", "heksher.example.com.", "other:8080",
            ]
            for target in [
                "/api/v1/query?settings=a", "/api/v1/settings", "/api/health", "/docs", "/openapi.json", "/nowhere",
            ] {
                // At first, a task responds; later, the connection's handler does.
                for _ in 0..<3 {
                    for host in bad {
                        let connection = try await RawConnection(port: api.port)
                        try await connection.send("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                        let answer = try await connection.answer()
                        #expect(
                            answer.status == 403 && answer.body.contains("HEKSHER_ALLOWED_HOSTS"), "\(host) \(target)")
                        #expect(answer.headers["cache-control"] == "no-store")
                    }
                    let connection = try await RawConnection(port: api.port)
                    for host in good {
                        try await connection.send("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                        let status = try await connection.answer().status
                        #expect(status == (target == "/nowhere" ? 404 : 200), "\(host) \(target)")
                    }
                    // On a connection with earlier valid requests, and with the host in the target.
                    try await connection.send("GET \(target) HTTP/1.1\r\nHost: evil.example\r\n\r\n")
                    #expect(try await connection.answer().status == 403)
                }
            }
            for head in [
                "DELETE http://evil.example/api/v1/settings/a HTTP/1.1\r\nHost: evil.example",
                "DELETE http://evil.example/api/v1/settings/a HTTP/1.0",
                "DELETE /api/v1/settings/a HTTP/1.0\r\nHost: evil.example",
            ] {
                let connection = try await RawConnection(port: api.port)
                try await connection.send("\(head)\r\n\r\n")
                #expect(try await connection.answer().status == 403, "\(head)")
            }
            try await api.expect(.get, "/settings/a", is: "200 *")
            let old = try await RawConnection(port: api.port)
            try await old.send("GET /api/v1/settings/a HTTP/1.0\r\n\r\n")
            #expect(try await old.answer().status == 200)
        }
    }

    @Test("An asterisk allows all names")
    func all() async throws {
        try await ServiceUnderTest.with(configure: {
            $0.allowedHosts = try AllowedHosts(parsing: "*", option: "HEKSHER_ALLOWED_HOSTS")
        }) { api in
            let connection = try await RawConnection(port: api.port)
            try await connection.send("GET /api/health HTTP/1.1\r\nHost: any.example\r\n\r\n")
            #expect(try await connection.answer().status == 200)
        }
    }
}
