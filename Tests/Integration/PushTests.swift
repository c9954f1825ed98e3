import HeksherStore
import LibPQ
import PostgresTesting
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// Streams of changes.
@Suite struct PushTests {
    /// A service with the settings `a`, with rule 1, and `b`, `c`.
    static func with(
        limits: ConnectionLimits = ServiceUnderTest.patience, _ test: (ServiceUnderTest) async throws -> Void
    ) async throws {
        try await ServiceUnderTest.with(features: ["t"], limits: limits) { api in
            for name in ["a", "b", "c"] { try await api.declare(name, features: ["t"]) }
            try await api.addRule("a", ["t": "x"], 1)
            try await test(api)
        }
    }

    /// Runs a second service on the database of another one.
    static func withAnother(
        _ api: ServiceUnderTest, _ test: (ServiceUnderTest) async throws -> Void
    ) async throws {
        try await ServiceUnderTest.running(on: api.database, test)
    }

    private static func set(_ api: ServiceUnderTest, _ name: String, _ value: Int = 1) async throws {
        try await api.sql("UPDATE settings SET default_value = '\(value)' WHERE name = '\(name)'")
    }

    @Test("A stream begins with ready, and reports changes of every origin")
    func origins() async throws {
        try await Self.with { api in
            try await Self.withAnother(api) { other in
                let events = try await EventReader.open(api.port)
                let (rule, _) = try await api.client.addRule(
                    body: .init(setting: "b", featureValues: ["t": "y"], value: 2)
                ).created
                #expect(try await events.next() == .change("b"))
                try await other.client.changeRuleValue(ruleId: rule.ruleId, body: .init(value: 3)).noContent()
                #expect(try await events.next() == .change("b"))
                try await api.sql("UPDATE rules SET value = '7' WHERE id = 1")
                #expect(try await events.next() == .change("a"))
                try await other.client.mergeSettingMetadata(
                    name: "c", body: .init(metadata: ["k": 1], version: "1.1")
                ).noContent()
                #expect(try await events.next() == .change("c"))
                _ = try await other.client.addContextFeature(body: .init(contextFeature: "u"))
                #expect(try await events.next() == .change(contextFeatures: true))
                try await api.sql("DELETE FROM rules WHERE id = 1")
                #expect(try await events.next() == .change("a"))
            }
        }
    }

    @Test("There is one event for each transaction, with all settings that it has touched, sorted")
    func transactions() async throws {
        try await Self.with { api in
            let events = try await EventReader.open(api.port)
            try await api.sql(
                "BEGIN; UPDATE settings SET default_value = '1'; INSERT INTO context_features VALUES ('u', 1); COMMIT")
            #expect(try await events.next() == .change("a", "b", "c", contextFeatures: true))
            try await api.sql(
                """
                DO $$ BEGIN
                    UPDATE rules SET value = '2'; COMMIT; UPDATE settings SET default_value = '2' WHERE name = 'c'; COMMIT;
                    UPDATE rules SET value = '3'; COMMIT;
                END $$
                """)
            for name in ["a", "c", "a"] { #expect(try await events.next() == .change(name)) }
        }
    }

    @Test("A stream reports no transaction that was rolled back")
    func rolledBack() async throws {
        try await Self.with { api in
            let events = try await EventReader.open(api.port)
            try await api.sql(
                """
                BEGIN; UPDATE settings SET default_value = '8' WHERE name = 'a'; SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK;
                BEGIN; SAVEPOINT s; UPDATE settings SET default_value = '8' WHERE name = 'b'; SET CONSTRAINTS ALL IMMEDIATE;
                ROLLBACK TO s; UPDATE settings SET default_value = '9' WHERE name = 'c'; COMMIT
                """)
            #expect(try await events.next() == .change("c"))
        }
    }

    @Test("When a stream reports a change, every instance can be asked for it")
    func readable() async throws {
        try await Self.with { api in
            try await Self.withAnother(api) { other in
                let events = try await EventReader.open(other.port, "/events?settings=a")
                for value in 2...51 {
                    if value % 2 == 0 {
                        try await Self.set(api, "a", value)
                    } else {
                        try await api.sql("UPDATE rules SET value = '\(value)'")
                    }
                    #expect(try await events.next() == .change("a"))
                    for service in [api, other] {
                        let setting = try await service.client.queryRules(settings: ["a"]).ok.body.settings["a"]
                        let found = value % 2 == 0 ? setting?.defaultValue : setting?.rules.first?.value
                        #expect(found == .init(integerLiteral: value))
                    }
                }
            }
        }
    }

    @Test("A stream of some settings reports no other ones, and all changes of the context features")
    func settings() async throws {
        try await Self.with { api in
            let two = try await EventReader.open(api.port, "/events?settings=a,b")
            let none = try await EventReader.open(api.port, "/events?settings=")
            try await Self.set(api, "c")
            try await Self.set(api, "b")
            try await api.sql("UPDATE settings SET default_value = '3'")
            _ = try await api.client.addContextFeature(body: .init(contextFeature: "u"))
            // Transactions that the service sees at once have any order.
            var seen: Set<EventReader.Event> = []
            for _ in 0..<3 { seen.insert(try await two.next()) }
            #expect(seen == [.change("b"), .change("a", "b"), .change(contextFeatures: true)])
            #expect(try await none.next() == .change(contextFeatures: true))
        }
    }

    @Test("A stream follows its settings when they are renamed, swapped with an alias, deleted and created again")
    func names() async throws {
        try await Self.with { api in
            let events = try await EventReader.open(api.port, "/events?settings=a")
            try await api.rename("a", to: "a2")
            #expect(try await events.next() == .change("a", "a2"))
            // The setting is known by its alias.
            let later = try await EventReader.open(api.port, "/events?settings=a")
            try await Self.set(api, "b")
            try await Self.set(api, "a2")
            for stream in [events, later] { #expect(try await stream.next() == .change("a2")) }
            // Two renamings at once, in one transaction and in two.
            try await api.sql(
                "BEGIN; UPDATE settings SET name = 'a3' WHERE name = 'a2'; UPDATE settings SET name = 'a4' WHERE name = 'a3'; COMMIT"
            )
            try await api.sql(
                "DO $$ BEGIN UPDATE settings SET name = 'a5' WHERE name = 'a4'; COMMIT; UPDATE settings SET name = 'a6' WHERE name = 'a5'; COMMIT; UPDATE settings SET default_value = '5' WHERE name = 'a6'; COMMIT; END $$"
            )
            for stream in [events, later] {
                var event = try await stream.next()
                while !event.data.contains("a6") { event = try await stream.next() }
            }
            try await Self.set(api, "a6", 7)
            for stream in [events, later] {
                var event = try await stream.next()
                while event != .change("a6") { event = try await stream.next() }
            }
        }
    }

    @Test("A stream follows a setting that is deleted and created again")
    func deletion() async throws {
        try await Self.with { api in
            let events = try await EventReader.open(api.port, "/events?settings=b")
            try await api.client.deleteSetting(name: "b").noContent()
            #expect(try await events.next() == .change("b"))
            try await Self.set(api, "c")
            try await api.declare("b", features: ["t"])
            #expect(try await events.next() == .change("b"))
        }
    }

    @Test("A setting called context_features is not confused with the list of context features")
    func namesake() async throws {
        try await Self.with { api in
            let events = try await EventReader.open(api.port)
            try await api.declare("context_features", features: ["t"])
            let created = try await events.next()
            #expect(created.data.contains(#"["context_features"]"#))
            try await api.client.deleteSetting(name: "context_features").noContent()
            #expect(try await events.next().data.contains(#"["context_features"]"#))
            _ = try await api.client.addContextFeature(body: .init(contextFeature: "u"))
            #expect(try await events.next() == .change(contextFeatures: true))
        }
    }

    @Test("An unknown setting is 404 with its name, and a malformed one 422")
    func refusals() async throws {
        try await Self.with { api in
            try await api.expect(.get, "/events?settings=a,x,y", is: "404 the settings ['x', 'y'] do not exist")
            try await api.expect(.get, "/events?settings=a%20b", is: "422 query.settings.0 value_error.str.regex")
            let head = try await RawConnection(port: api.port)
            try await head.send(RawConnection.request("/api/v1/events", method: "HEAD"))
            let answer = try await head.answer(toHead: true)
            #expect(answer.status == 200 && answer.headers["content-type"] == "text/event-stream")
            #expect(try await head.get("/api/v1/query?settings=a").status == 200)
        }
    }

    @Test("A stream has a comment in each interval")
    func comments() async throws {
        var limits = ServiceUnderTest.patience
        #expect(limits.commentInterval == .seconds(15))
        limits.commentInterval = .milliseconds(150)
        try await Self.with(limits: limits) { api in
            let events = try await EventReader.open(api.port)
            let stopwatch = ContinuousClock.now
            for _ in 0..<4 { #expect(try await events.item() == .comment) }
            #expect(ContinuousClock.now - stopwatch >= .milliseconds(400))
            try await Self.set(api, "a")
            #expect(try await events.next() == .change("a"))
        }
    }

    // MARK: Limits

    @Test("A stream beyond the limit is 503 with Retry-After, until another one ends")
    func tooMany() async throws {
        var limits = ServiceUnderTest.patience
        limits.streams = 2
        #expect(ConnectionLimits().streams == 10_000)
        try await Self.with(limits: limits) { api in
            let first = try await EventReader.open(api.port)
            let second = try await EventReader.open(api.port, "//ofrep/v1/events")
            for path in ["/events", "//ofrep/v1/events"] {
                let refused = try await api.send(.get, path)
                #expect(refused.summary == "503 too many clients follow changes: try again shortly")
                #expect(refused.headerFields[.retryAfter] == "1")
            }
            first.connection.disconnect()
            try await soon { _ = try await EventReader.open(api.port) }
            try await Self.set(api, "a")
            #expect(try await second.next().name == "message")
        }
    }

    @Test("Streams are no requests in progress")
    func requestsInFlight() async throws {
        var limits = ServiceUnderTest.patience
        limits.requestsInFlight = 2
        try await Self.with(limits: limits) { api in
            var streams: [EventReader] = []
            for _ in 0..<6 {
                // A stream counts until its first event has been sent.
                try await soon { streams.append(try await EventReader.open(api.port)) }
            }
            try await soon { try await api.expect(.get, "/query?settings=", is: #"200 {"settings":{}}"#) }
            try await Self.set(api, "a")
            for stream in streams { #expect(try await stream.next() == .change("a")) }
        }
    }

    @Test("A client that does not read its events loses its connection, and the others get all events")
    func slowClient() async throws {
        try await Self.with { api in
            let name = String(repeating: "n", count: 2000)
            try await api.declare(name, features: ["t"])
            let slow = try await EventReader.open(api.port, bufferSize: 4096)
            let reader = try await EventReader.open(api.port)
            // More than the buffers of the system hold.
            for _ in 0..<8 {
                try await api.sql(
                    "DO $$ BEGIN FOR i IN 1..500 LOOP UPDATE settings SET default_value = i WHERE name = '\(name)'; COMMIT; END LOOP; END $$"
                )
                for _ in 0..<500 { #expect(try await reader.next() == .change(name)) }
            }
            var count = 0
            await #expect(throws: RawConnection.Failure.self) {
                while true {
                    _ = try await slow.next()
                    count += 1
                }
            }
            #expect(count < 4000)
        }
    }

    @Test("A service that shuts down ends its streams at once")
    func shutdown() async throws {
        try await Self.with { api in
            nonisolated(unsafe) var events: EventReader?
            let stopwatch = PatientStopwatch()
            try await Self.withAnother(api) { other in events = try await EventReader.open(other.port) }
            #expect(stopwatch.time < .seconds(8))
            #expect(try await events?.item() == nil)
        }
    }
}
