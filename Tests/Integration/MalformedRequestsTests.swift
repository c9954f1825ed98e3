import Foundation
import PostgresTesting
import Testing

@testable import HeksherServer

/// Ambiguous or invalid requests (request smuggling): each is refused, or read in the only way that is allowed.
@Suite struct MalformedRequestsTests {
    /// Bytes in the place of a body, which would be a request if they were misread.
    private static let smuggled = "DELETE /api/v1/settings/a HTTP/1.1\r\nHost: test\r\n\r\n"

    private static func post(_ headers: [String], _ body: String) -> String {
        (["POST /api/v1/settings/declare HTTP/1.1", "Host: test"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
            + body
    }

    static let refused: [(String, String)] = [
        ("both lengths", post(["Content-Length: 4", "Transfer-Encoding: chunked"], "0\r\n\r\n" + smuggled)),
        (
            "both lengths, the other way",
            post(["Transfer-Encoding: chunked", "Content-Length: 4"], "0\r\n\r\n" + smuggled)
        ),
        ("two lengths", post(["Content-Length: 0", "Content-Length: \(smuggled.utf8.count)"], smuggled)),
        ("the same length twice", post(["Content-Length: 1", "Content-Length: 1"], " " + smuggled)),
        ("a list of lengths", post(["Content-Length: 1, 1"], " " + smuggled)),
        ("a length with a sign", post(["Content-Length: +1"], " " + smuggled)),
        ("a negative length", post(["Content-Length: -1"], smuggled)),
        ("a length beyond all numbers", post(["Content-Length: 18446744073709551617"], " " + smuggled)),
        ("an empty length", post(["Content-Length: "], smuggled)),
        ("chunked twice", post(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "0\r\n\r\n" + smuggled)),
        ("chunked, chunked", post(["Transfer-Encoding: chunked, chunked"], "0\r\n\r\n" + smuggled)),
        ("a coding before chunked", post(["Transfer-Encoding: gzip, chunked"], "0\r\n\r\n" + smuggled)),
        ("a coding after chunked", post(["Transfer-Encoding: chunked, identity"], "0\r\n\r\n" + smuggled)),
        ("an unknown coding", post(["Transfer-Encoding: xchunked"], "0\r\n\r\n" + smuggled)),
        ("identity", post(["Transfer-Encoding: identity"], smuggled)),
        ("a coding with a control character", post(["Transfer-Encoding: \u{b}chunked"], "0\r\n\r\n" + smuggled)),
        ("a coding in quotes", post(["Transfer-Encoding: \"chunked\""], "0\r\n\r\n" + smuggled)),
        ("a space before the colon", post(["Transfer-Encoding : chunked"], "0\r\n\r\n" + smuggled)),
        ("a tab before the colon", post(["Content-Length\t: 5"], "hello" + smuggled)),
        ("a folded field", post(["Transfer-Encoding:", " chunked"], "0\r\n\r\n" + smuggled)),
        ("a folded field after another", post(["X: y", " Content-Length: 5"], "hello" + smuggled)),
        ("a line without a colon", post(["Content-Length 5"], "hello" + smuggled)),
        ("a field without a name", post([": 5"], smuggled)),
        ("NUL in a name", post(["Content\u{0}-Length: 5"], "hello" + smuggled)),
        ("NUL in a value", post(["X: \u{0}"], smuggled)),
        ("a bare CR in a value", post(["X: y\rContent-Length: 5"], "hello" + smuggled)),
        ("a chunk of no size", post(["Transfer-Encoding: chunked"], "\r\n" + smuggled)),
        ("a chunk of a negative size", post(["Transfer-Encoding: chunked"], "-1\r\n" + smuggled)),
        ("a chunk size with 0x", post(["Transfer-Encoding: chunked"], "0x5\r\nhello\r\n0\r\n\r\n" + smuggled)),
        ("a chunk size that overflows", post(["Transfer-Encoding: chunked"], "10000000000000000\r\n" + smuggled)),
        (
            "a chunk that is longer than told",
            post(["Transfer-Encoding: chunked"], "1\r\nhello\r\n0\r\n\r\n" + smuggled)
        ),
        ("a chunk size with a space", post(["Transfer-Encoding: chunked"], "5 5\r\nhello\r\n0\r\n\r\n" + smuggled)),
        (
            "chunks in an old version",
            "POST /api/v1/settings/declare HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled
        ),
        ("no host", "GET /api/health HTTP/1.1\r\n\r\n" + smuggled),
        ("two hosts", "GET /api/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + smuggled),
        ("another version", "GET /api/health HTTP/2.0\r\nHost: test\r\n\r\n" + smuggled),
        ("an invalid version", "GET /api/health HTTP/1.x\r\nHost: test\r\n\r\n" + smuggled),
        ("another protocol", "GET /api/health HTTPS/1.1\r\nHost: test\r\n\r\n" + smuggled),
        ("no version", "GET /api/health\r\n\r\n" + smuggled),
        ("two spaces", "GET /api/health  HTTP/1.1 x\r\nHost: test\r\n\r\n" + smuggled),
        ("a target with a space", "GET /api/v1/settings/a b HTTP/1.1\r\nHost: test\r\n\r\n" + smuggled),
        ("NUL in a target", "GET /api/\u{0}health HTTP/1.1\r\nHost: test\r\n\r\n" + smuggled),
        ("a target without a slash", "GET api/health HTTP/1.1\r\nHost: test\r\n\r\n" + smuggled),
        ("an unknown method", "EXPLODE /api/health HTTP/1.1\r\nHost: test\r\n\r\n" + smuggled),
        ("a method in small letters", "get /api/health HTTP/1.1\r\nHost: test\r\n\r\n" + smuggled),
        ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + smuggled),
        ("a TLS handshake", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\r\n\r\n" + smuggled),
        ("nothing but NUL", String(repeating: "\u{0}", count: 100) + "\r\n\r\n" + smuggled),
        ("RTSP", "GET /api/health RTSP/1.0\r\nHost: test\r\n\r\n" + smuggled),
        ("RTSP 1.1", "GET /api/health RTSP/1.1\r\nHost: test\r\n\r\n" + smuggled),
        (
            "RTSP with a body",
            "POST /api/v1/settings/declare RTSP/1.0\r\nHost: test\r\nContent-Length: 2\r\n\r\n{}" + smuggled
        ),
        ("a method of RTSP", "DESCRIBE /api/health RTSP/1.0\r\nHost: test\r\n\r\n" + smuggled),
        ("ICE", "SOURCE /api/health ICE/1.0\r\nHost: test\r\n\r\n" + smuggled),
        ("RTSP behind an empty line", "\r\nGET /api/health RTSP/1.0\r\nHost: test\r\n\r\n" + smuggled),
        ("another expectation", "GET /api/health HTTP/1.1\r\nHost: test\r\nExpect: the unexpected\r\n\r\n" + smuggled),
    ]

    /// Values of `Host` that are not a host with an optional port.
    static let invalidHosts = [
        "x/y", "test/", "a b", "a,b", "test, test", "user@test", "http://test", "test?", "test#", "te\\st", "test:x",
        "test:80:80", "test:-1", "test:65536", "test:99999999999999999999", ":80", ":", "[", "[]", "[::1", "[::1]x",
        "::1",
        "[test]", "[127.0.0.1]", "[::1%25lo]", "%", "%2", "%zz", "te<st", "\"test\"", "tést", "test\u{1}",
    ]

    @Test(
        "An invalid Host, or one that differs from the target's host, is refused",
        arguments: invalidHosts.map { "/|\($0)" } + [
            "http://elsewhere/|test", "http://elsewhere/|", "http://test:8080/|test", "http://user@test/|test",
            "http:///|test",
            "https://test/|test:80", "http://x y/|test",
        ])
    func hosts(text: String) async throws {
        let parts = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        try await ServiceUnderTest.with { api in
            for path in ["api/health", "api/v1/query", "docs", "nowhere"] {
                let connection = try await RawConnection(port: api.port)
                try await connection.send(
                    "GET \(parts[0])\(path) HTTP/1.1\r\nHost: \(parts[1])\r\n\r\n" + Self.smuggled)
                #expect(try await connection.answer().status == 400, "\(text) \(path)")
                #expect(try await connection.ends())
            }
        }
    }

    @Test("Another protocol is refused after any request and with any division into pieces")
    func protocols() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let get = RawConnection.request("/api/v1/query?settings=a")
            let body = #"{"name": "a", "configurable_features": ["theme"], "type": "int", "default_value": 0}"#
            let post = Self.post(["Content-Length: \(body.utf8.count)"], body)
            let foreign = "GET /api/v1/settings/a RTSP/1.0\r\nHost: test\r\n\r\n"
            for before in [
                get, post, get + post, post + get, Self.post(["Transfer-Encoding: chunked"], "2\r\n{}\r\n0\r\n\r\n"),
            ] {
                let answers = before.components(separatedBy: " HTTP/1.1\r\n").count - 1
                let bytes = before + foreign
                for cut in [
                    0, before.utf8.count - 1, before.utf8.count, before.utf8.count + 26, before.utf8.count + 33,
                    bytes.utf8.count - 2,
                ] {
                    let connection = try await RawConnection(port: api.port)
                    let start = String(decoding: bytes.utf8.prefix(cut), as: UTF8.self)
                    if !start.isEmpty {
                        try await connection.send(start)
                        // Usually the pieces then arrive separately, as intended.
                        try await Task.sleep(for: .milliseconds(2))
                    }
                    try await connection.send(String(decoding: bytes.utf8.dropFirst(cut), as: UTF8.self))
                    for _ in 0..<answers { #expect(try await connection.answer().status != 400) }
                    #expect(try await connection.answer().status == 400, "\(cut) of \(bytes)")
                    #expect(try await connection.ends())
                }
            }
            // An empty line before the request, in pieces.
            let slow = try await RawConnection(port: api.port)
            for piece in ["\r", "\n", "G", String(get.dropFirst()), "\r", "\n" + get] {
                try await slow.send(piece)
                try await Task.sleep(for: .milliseconds(2))
            }
            for _ in 0..<2 { #expect(try await slow.answer().status == 200) }
            // The same text in a body is not a request.
            let text =
                #"{"name": "a", "configurable_features": ["theme"], "type": "str", "default_value": "GET /api/v1/query?settings=b RTSP/1.0"}"#
            let connection = try await RawConnection(port: api.port)
            try await connection.send(Self.post(["Content-Length: \(text.utf8.count)"], text) + get + get)
            #expect(try await connection.answer().status == 409)
            for _ in 0..<2 { #expect(try await connection.answer().status == 200) }
        }
    }

    @Test("Ambiguous HTTP is refused with a sentence, and nothing after it is read")
    func refusals() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            for (name, bytes) in Self.refused {
                let connection = try await RawConnection(port: api.port)
                try await connection.send(bytes)
                let answer = try await connection.answer()
                #expect([400, 413, 417, 501].contains(answer.status), "\(name): \(answer.status)")
                #expect(!answer.body.isEmpty && !answer.body.contains("\n"), "\(name)")
                #expect(answer.headers["connection"] == "close", "\(name)")
                #expect(try await connection.ends(), "\(name)")
            }
            try await api.expect(.get, "/settings/a", is: "200 *")
        }
    }

    @Test("Ambiguous HTTP is refused also if it arrives byte by byte")
    func pieces() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let asked = RawConnection.request("/api/v1/query?settings=a")
            for (name, bytes) in Self.refused where name.hasPrefix("a chunk") || name.hasPrefix("both") {
                let connection = try await RawConnection(port: api.port)
                for byte in asked + bytes.prefix(400) {
                    try? await connection.send(String(byte))
                    if name.hasSuffix("size") { await Task.yield() }
                }
                #expect(try await connection.answer().status == 200)
                #expect(try await connection.answer().status == 400, "\(name)")
            }
            try await api.expect(.get, "/settings/a", is: "200 *")
        }
    }

    @Test("Unusual but valid requests are read")
    func odd() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let body = #"{"name": "a", "configurable_features": ["theme"], "type": "int", "default_value": 0}"#
            let size = String(body.utf8.count, radix: 16)
            for request in [
                Self.post(["Content-Length:   \(body.utf8.count)  "], body),
                Self.post(["content-LENGTH: 00\(body.utf8.count)"], body),
                Self.post(["Transfer-Encoding: CHUNKED"], "\(size.uppercased())\r\n\(body)\r\n0\r\n\r\n"),
                Self.post(["Transfer-Encoding: chunked"], "000\(size);x=y\r\n\(body)\r\n0\r\nX: trailer\r\n\r\n"),
                Self.post(["Transfer-Encoding: chunked"], body.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"),
                Self.post(["X:", "Content-Length: \(body.utf8.count)"], body),
                "\r\n" + Self.post(["Content-Length: \(body.utf8.count)"], body),
                "GET http://elsewhere/api/v1/settings/a HTTP/1.1\r\nHost: elsewhere\r\n\r\n",
                "GET http://Elsewhere:80/api/v1/settings/a HTTP/1.1\r\nHost: ELSEWHERE.\r\n\r\n",
                "GET https://elsewhere/api/v1/settings/a HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n",
                "GET /api/v1/settings/a HTTP/1.1\r\nHost:\t test:8080 \t\r\n\r\n",
                "GET /api/v1/settings/a HTTP/1.1\r\nHost: [::1]:\r\n\r\n",
                "GET /api/v1/settings/a HTTP/1.1\r\nHost:\r\n\r\n",
            ] {
                let connection = try await RawConnection(port: api.port)
                for _ in 0..<2 {
                    try await connection.send(request)
                    #expect(try await connection.answer().status == 200, "\(request)")
                }
            }
        }
    }

    @Test("A connection of HTTP/1.0 is closed after the response unless the client asks to keep it")
    func oldVersion() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            for target in ["/api/v1/query?settings=a", "/api/v1/settings/a", "/api/health", "/nowhere", "/docs"] {
                let connection = try await RawConnection(port: api.port)
                try await connection.send("GET \(target) HTTP/1.0\r\n\r\n")
                let answer = try await connection.answer()
                #expect(answer.headers["connection"] == "close" && (answer.status == 404) == (target == "/nowhere"))
                #expect(try await connection.ends())
                let kept = try await RawConnection(port: api.port)
                for _ in 0..<2 {
                    try await kept.send("GET \(target) HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
                    #expect(try await kept.answer().headers["connection"] == "keep-alive")
                }
                for word in ["close", "Close", "keep-alive, close", "x,CLOSE"] {
                    let closed = try await RawConnection(port: api.port)
                    let answer = try await closed.get(target, headers: ["Connection: \(word)"])
                    #expect(answer.headers["connection"] == "close", "\(word)")
                    #expect(try await closed.ends(), "\(word)")
                }
            }
        }
    }

    @Test("A request to upgrade to another protocol gets a response, and the connection ends")
    func upgrade() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let headers = [
                "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk",
            ]
            for target in ["/api/v1/query?settings=a", "/api/v1/settings/a"] {
                let connection = try await RawConnection(port: api.port)
                let answer = try await connection.get(target, headers: headers)
                #expect(answer.status == 200 && answer.headers["connection"] == "close")
                #expect(try await connection.ends())
            }
            let connection = try await RawConnection(port: api.port)
            try await connection.send("CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n" + Self.smuggled)
            #expect(try await connection.answer().status >= 400)
            #expect(try await connection.ends())
            try await api.expect(.get, "/settings/a", is: "200 *")
        }
    }

    @Test("'Expect: 100-continue' gets 100 before the body, or a refusal")
    func expectation() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let body = #"{"name": "a", "configurable_features": ["theme"], "type": "int", "default_value": 0}"#
            let connection = try await RawConnection(port: api.port)
            for _ in 0..<2 {
                try await connection.send(
                    RawConnection.request("/api/v1/query?settings=a")
                        + Self.post(["Content-Length: \(body.utf8.count)", "Expect:\t100-continue \t"], ""))
                #expect(try await connection.answer().status == 200)
                #expect(try await connection.answer().status == 100)
                try await connection.send(body)
                #expect(try await connection.answer().status == 200)
            }
            try await connection.send(Self.post(["Content-Length: 99999999", "Expect: 100-continue"], ""))
            #expect(try await connection.answer().status == 413)
            #expect(try await connection.ends())
        }
    }

    @Test("Random bytes get a response or end the connection, and other clients are served")
    func noise() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            var numbers = SeededNumbers(seed: 7)
            let known = Self.refused.map { Array($0.1.utf8) }
            for _ in 0..<300 {
                // A request with some bytes changed, omitted or repeated.
                var bytes = known[Int.random(in: known.indices, using: &numbers)]
                for _ in 0..<Int.random(in: 1...6, using: &numbers) {
                    let place = Int.random(in: bytes.indices, using: &numbers)
                    switch Int.random(in: 0..<3, using: &numbers) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                    case 1: bytes.remove(at: place)
                    default: bytes.insert(bytes[place], at: place)
                    }
                }
                let connection = try await RawConnection(port: api.port)
                _ = try await connection.send(asMuchAsPossibleOf: bytes, within: .seconds(1))
                connection.finishSending()
                while let answer = try? await connection.answer() {
                    #expect(answer.status < 500 || answer.status == 501)
                }
                try await api.declare("a")
            }
            #expect(try await RawConnection(port: api.port).get("/api/v1/query?settings=a").status == 200)
        }
    }
}
