import ContractRuntime
import Foundation
import Logging
import PostgresTesting
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// Streams with tokens, and tickets.
@Suite struct PushAccessTests {
    private static func authorization(_ name: String) -> [String] {
        ["Authorization: Bearer \(AccessTests.token(name))"]
    }

    @Test("A stream needs a known token, and then shows the settings within the limits of the token alone")
    func limits() async throws {
        try await AccessTests.with { api, _ in
            for path in ["/events", "/events?settings=other"] {
                #expect(try await api.send(.get, path).status == 401)
                #expect(try await api.send(.get, path, headers: [("X-API-Key", "wrong")]).status == 401)
            }
            let all = try await EventReader.open(api.port, headers: Self.authorization("reader"))
            let limited = try await EventReader.open(api.port, headers: Self.authorization("team_a_reader"))
            let one = try await EventReader.open(
                api.port, "/events?settings=team_a.x", headers: Self.authorization("team_a_reader"))
            let flags = try await EventReader.open(
                api.port, "//ofrep/v1/events", headers: Self.authorization("team_a_reader"))
            try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'other'")
            try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'team_b.y'")
            try await api.sql("UPDATE settings SET default_value = '2'")
            for name in ["other", "team_b.y"] { #expect(try await all.next() == .change(name)) }
            #expect(try await all.next() == .change("other", "team_a.x", "team_b.x", "team_b.y"))
            for stream in [limited, one] { #expect(try await stream.next() == .change("team_a.x")) }
            #expect(try await flags.next().name == "message")
            // A setting that is renamed into the limits, and out of them.
            try await api.sql("UPDATE settings SET name = 'team_a.new' WHERE name = 'other'")
            #expect(try await limited.next() == .change("team_a.new"))
            try await api.sql("UPDATE settings SET name = 'team_b.z' WHERE name = 'team_a.x'")
            for stream in [limited, one] { #expect(try await stream.next() == .change("team_a.x")) }
            for _ in 0..<2 { #expect(try await flags.next().name == "message") }
            try await api.sql("UPDATE settings SET default_value = '4' WHERE name = 'team_b.z'")
            try await api.sql("INSERT INTO context_features VALUES ('u', 1)")
            for stream in [limited, one] { #expect(try await stream.next() == .change(contextFeatures: true)) }
        }
    }

    @Test("For a limited token, a setting outside the limits is as unknown as one that does not exist")
    func blindness() async throws {
        try await AccessTests.with { api, _ in
            // The alias team_a.y leads to a setting of another team.
            for name in ["other", "none", "team_a.y", "team_b.y", "team_a.none"] {
                let refused = try await api.send(
                    .get, "/events?settings=\(name)", headers: [("X-API-Key", AccessTests.token("team_a_reader"))])
                #expect(refused.summary == "404 the settings ['\(name)'] do not exist")
            }
        }
    }

    @Test("A token that is withdrawn or limited loses its streams; the other streams stay")
    func withdrawal() async throws {
        try await AccessTests.with { api, access in
            let ended = try await EventReader.open(api.port, headers: Self.authorization("reader"))
            let limited = try await EventReader.open(api.port, headers: Self.authorization("declarer"))
            let kept = try await EventReader.open(api.port, headers: Self.authorization("writer"))
            let text = try String(contentsOfFile: access.file, encoding: .utf8)
            let lines = text.split(separator: "\n").filter { !$0.hasPrefix("reader ") }.map { line in
                line.hasPrefix("declarer ") ? String(line.replacing("*", with: "team_a.")) : String(line)
            }
            try (lines.joined(separator: "\n") + "\n").write(toFile: access.file, atomically: true, encoding: .utf8)
            api.reload()
            for stream in [ended, limited] { #expect(try await stream.item() == nil) }
            try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'other'")
            #expect(try await kept.next() == .change("other"))
        }
    }

    /// The address of the stream in the response to an evaluation of all flags.
    private static func address(_ api: ServiceUnderTest, _ name: String?) async throws -> String {
        let headers = name.map { [("X-API-Key", AccessTests.token($0))] } ?? []
        let response = try await api.send(.post, "//ofrep/v1/evaluate/flags", "{}", headers: headers)
        let match = try #require(
            response.text.firstMatch(of: /"eventStreams":\[{"type":"sse","endpoint":{"requestUri":"([^"]*)"}/))
        return String(match.1)
    }

    @Test("A ticket opens the stream of its token's flags without header fields, on every instance")
    func ticket() async throws {
        try await AccessTests.with { api, access in
            try await ServiceUnderTest.running(
                on: api.database, access: try AccessControl(file: access.file)
            ) { other in
                for name in ["reader", "team_a_reader"] {
                    let address = try await Self.address(api, name)
                    #expect(address.wholeMatch(of: /\/ofrep\/v1\/events\?ticket=[A-Za-z0-9_-]{43}/) != nil)
                    // Within the time of a ticket, equal requests have equal responses; its last part may just have begun.
                    for service in [api, other] {
                        #expect(
                            try await service.send(
                                .get, "/" + address, headers: [("X-API-Key", AccessTests.token("writer"))]
                            ).status == 401)
                        let events = try await EventReader.open(service.port, "/" + address)
                        let same = try await EventReader.open(
                            service.port, "/" + address, headers: Self.authorization(name))
                        try await api.sql(
                            "UPDATE settings SET default_value = default_value || '1' WHERE name = 'team_b.x'")
                        try await api.sql(
                            "UPDATE settings SET default_value = default_value || '1' WHERE name = 'team_a.x'")
                        for stream in [events, same] {
                            for _ in 0..<(name == "reader" ? 2 : 1) {
                                #expect(try await stream.next().name == "message")
                            }
                        }
                    }
                }
            }
        }
    }

    @Test("A ticket that is old, forged, of an unknown token or for another operation is 401")
    func badTickets() async throws {
        try await AccessTests.with { api, _ in
            let digest = TokenDigest(of: AccessTests.token("reader"))
            let good = EventTicket(for: digest).text
            var forged = Array(good)
            forged[forged.count - 3] = forged[forged.count - 3] == "A" ? "B" : "A"
            let tickets = [
                EventTicket(for: digest, at: .now - 301).text, EventTicket(for: TokenDigest(of: "unknown")).text,
                String(forged), "", "x", String(good.dropLast()),
                AccessTests.token("reader"),
            ]
            for ticket in tickets {
                let refused = try await api.send(.get, "//ofrep/v1/events?ticket=\(ticket)")
                #expect(refused.status == 401 && refused.body.isEmpty, "\(ticket)")
                // A bad ticket is not ignored beside a good token.
                if !ticket.isEmpty {
                    let beside = try await api.send(
                        .get, "//ofrep/v1/events?ticket=\(ticket)",
                        headers: [("X-API-Key", AccessTests.token("reader"))])
                    #expect(beside.status == 401, "\(ticket)")
                }
            }
            for path in ["/events", "/settings", "/query"] {
                #expect(try await api.send(.get, "\(path)?ticket=\(good)").status == 401)
            }
            _ = try await EventReader.open(api.port, "//ofrep/v1/events?ticket=\(good)")
        }
    }

    @Test("A ticket is valid for two and a half to five minutes")
    func expiry() {
        let digest = TokenDigest(of: "token")
        for start in Int64(1_800_000_000)..<1_800_000_300 {
            let ticket = EventTicket(for: digest, at: start)
            #expect(ticket.isValid(for: digest, at: start) && ticket.isValid(for: digest, at: start + 150))
            #expect(!ticket.isValid(for: digest, at: start + 301))
            #expect(!ticket.isValid(for: TokenDigest(of: "other"), at: start))
        }
    }

    @Test("HMAC-SHA-256 has the results of RFC 4231")
    func hmac() {
        func code(_ key: [UInt8], _ message: String) -> String {
            HMAC.sha256(of: Array(message.utf8), key: key).map {
                String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
            }.joined()
        }
        #expect(
            code([UInt8](repeating: 0x0B, count: 20), "Hi There")
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            code(Array("Jefe".utf8), "what do ya want for nothing?")
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test("Without tokens, the stream's address has no ticket; it begins with the path that clients see")
    func addresses() async throws {
        try await ServiceUnderTest.with { api in
            let response = try await api.send(.post, "//ofrep/v1/evaluate/flags", "{}")
            #expect(
                response.summary
                    == #"200 {"flags":[],"eventStreams":[{"type":"sse","endpoint":{"requestUri":"/ofrep/v1/events"},"inactivityDelaySec":120}]}"#
            )
            let events = try await EventReader.open(api.port, "//ofrep/v1/events?ticket=ignored")
            try await api.sql("INSERT INTO context_features VALUES ('u', 0)")
            let event = try await events.next()
            #expect(event.name == "message")
            let id = try #require(events.lastID)
            #expect(event.data.hasPrefix(#"{"type":"refetchEvaluation","etag":"\#(id)","lastModified":"#))
            #expect(event.data.contains(/"lastModified":[0-9]{10}}$/))
        }
        let proxies = try TrustedProxies(parsing: "127.0.0.1", option: "HEKSHER_TRUSTED_PROXIES")
        try await ServiceUnderTest.with(
            proxies: proxies, configure: { $0.rootPath = RootPath(try #require(PathPrefix("/root"))) }
        ) { api in
            for _ in 0..<2 {
                #expect(try await Self.address(api, nil) == "/root/ofrep/v1/events")
                let forwarded = try await api.send(
                    .post, "//ofrep/v1/evaluate/flags", "{}", headers: [("X-Forwarded-Prefix", "/seen")])
                #expect(forwarded.text.contains(#""requestUri":"/seen/ofrep/v1/events""#))
            }
        }
    }

    @Test("A page of an allowed origin can follow changes")
    func pages() async throws {
        try await ServiceUnderTest.with(
            sharing: try OriginSharing(parsing: "https://page.example", option: "HEKSHER_CORS_ORIGINS")
        ) { api in
            let connection = try await RawConnection(port: api.port)
            let answer = try await connection.get("/ofrep/v1/events", headers: ["Origin: https://page.example"])
            #expect(answer.status == 200 && answer.headers["access-control-allow-origin"] == "https://page.example")
            #expect(try await connection.chunk()?.hasPrefix("event: message\n") == true)
        }
    }
}
