import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer
@testable import HeksherStore

/// Streams after something has interrupted them.
@Suite struct PushResumptionTests {
    private static let changes =
        "DO $$ BEGIN FOR i IN 1..5 LOOP UPDATE settings SET default_value = i WHERE name = 'b'; COMMIT; END LOOP; END $$"

    @Test("A client that connects again gets exactly the events that it has missed, also from another instance")
    func resumption() async throws {
        try await PushTests.with { api in
            try await PushTests.withAnother(api) { other in
                let first = try await EventReader.open(api.port)
                try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'a'")
                #expect(try await first.next() == .change("a"))
                let id = try #require(first.lastID)
                first.connection.disconnect()
                try await api.sql(Self.changes)
                // Transactions of different sessions that are found together come in any order.
                var missed = Array(repeating: "b", count: 5)
                for service in [api, other] {
                    let again = try await EventReader.open(service.port, after: id)
                    // A client that loses the connection now must get them again.
                    #expect(again.lastID == id)
                    try await again.expect(missed)
                    try await api.sql("UPDATE settings SET default_value = '2' WHERE name = 'c'")
                    try await again.expect(["c"])
                    missed.append("c")
                    let some = try await EventReader.open(service.port, "/events?settings=c", after: id)
                    try await some.expect(missed.filter { $0 == "c" })
                    try await api.sql("UPDATE settings SET default_value = '3' WHERE name = 'c'")
                    try await some.expect(["c"])
                    missed.append("c")
                    let flags = try await EventReader.open(service.port, "//ofrep/v1/events", after: id)
                    for _ in missed { #expect(try await flags.next().name == "message") }
                }
            }
        }
    }

    @Test("A client that follows an instance gets what it missed after that instance starts again")
    func restart() async throws {
        try await PushTests.with { api in
            var id: String?
            try await PushTests.withAnother(api) { other in id = try await EventReader.open(other.port).lastID }
            try await api.sql(Self.changes)
            try await PushTests.withAnother(api) { other in
                let events = try await EventReader.open(other.port, after: id)
                for _ in 1...5 { #expect(try await events.next() == .change("b")) }
            }
        }
    }

    @Test("A renaming that a client has missed does not detach it from its settings")
    func renamed() async throws {
        try await PushTests.with { api in
            let first = try await EventReader.open(api.port, "/events?settings=a")
            let id = try #require(first.lastID)
            try await api.rename("a", to: "z")
            try await api.sql("UPDATE settings SET default_value = '3' WHERE name = 'z'")
            let again = try await EventReader.open(api.port, "/events?settings=a", after: id)
            // Transactions that are found together come in any order.
            let missed: Set = [try await again.next(), try await again.next()]
            #expect(missed == [.change("a", "z"), .change("z")])
            try await api.sql("UPDATE settings SET default_value = '4' WHERE name = 'z'")
            #expect(try await again.next() == .change("z"))
        }
    }

    @Test(
        "An ID that the service does not know leads to a reset",
        arguments: ["x", "0", "AAAAAQAAAAAAAAAAAQ", "é", String(repeating: "A", count: 600)])
    func unknown(id: String) async throws {
        try await PushTests.with { api in
            let events = try await EventReader.open(api.port, after: id)
            // A client that loses the connection before the reset needs it the next time, too.
            let ready = try #require(events.lastID)
            #expect(try await events.next() == .reset)
            #expect(try await EventReader.open(api.port, after: ready).next() == .reset)
            try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'a'")
            #expect(try await events.next() == .change("a"))
        }
    }

    @Test("A client that has missed more than the database records gets a reset")
    func tooLate() async throws {
        try await PushTests.with { api in
            let id = try #require(try await EventReader.open(api.port).lastID)
            try await api.sql(
                "DO $$ BEGIN FOR i IN 1..1001 LOOP UPDATE settings SET default_value = i WHERE name = 'b'; COMMIT; END LOOP; END $$"
            )
            let events = try await EventReader.open(api.port, after: id)
            #expect(try await events.next() == .reset)
            let next = try await EventReader.open(api.port, after: events.lastID)
            try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'a'")
            for stream in [events, next] { #expect(try await stream.next() == .change("a")) }
        }
    }

    @Test("An ID of another history leads to a reset, and so does another history during a stream")
    func otherHistory() async throws {
        try await PushTests.with { api in
            let events = try await EventReader.open(api.port)
            let id = try #require(events.lastID)
            // As after a fail-over that has lost a transaction, or in another database under the same name.
            try await api.sql(
                "UPDATE heksher_public.revisions SET token = token + 1; UPDATE heksher_public.history SET token = token + 1"
            )
            #expect(try await events.next() == .reset)
            #expect(try await EventReader.open(api.port, after: id).next() == .reset)
            try await api.sql("UPDATE settings SET default_value = '1' WHERE name = 'a'")
            #expect(try await events.next() == .change("a"))
        }
    }

    @Test(
        "A change of everything is a reset, for clients that follow and for clients that have missed it",
        arguments: [
            "TRUNCATE rules CASCADE", "TRUNCATE settings, context_features CASCADE",
            "ALTER TABLE settings ALTER default_value TYPE text",
        ])
    func everything(change: String) async throws {
        try await PushTests.with { api in
            let some = try await EventReader.open(api.port, "/events?settings=a")
            let id = try #require(some.lastID)
            try await api.sql(change)
            #expect(try await some.next() == .reset)
            if change.hasPrefix("TRUNCATE") {
                #expect(try await EventReader.open(api.port, after: id).next() == .reset)
            }
            // The service compares definitions more than once, and a reset can stand for a change.
            var event = EventReader.Event.reset
            while event == .reset {
                try await api.sql(
                    """
                    INSERT INTO settings VALUES ('a', 'int', '1', '1.0')
                    ON CONFLICT (name) DO UPDATE SET default_value = settings.default_value || '1'
                    """
                )
                event = try await some.next()
            }
            #expect(event == .change("a"))
        }
    }

    @Test("While the database does not report every change, clients get a reset now and then, and afterwards")
    func blind() async throws {
        try await PushTests.with { api in
            let events = try await EventReader.open(api.port)
            try await api.sql("ALTER TABLE settings DISABLE TRIGGER heksher_change")
            #expect(try await events.next() == .reset)
            try await api.sql("UPDATE settings SET default_value = '5' WHERE name = 'a'")
            // A client may read the change before this one, but it gets another one later.
            #expect(try await events.next() == .reset)
            try await api.sql("ALTER TABLE settings ENABLE ALWAYS TRIGGER heksher_change")
            #expect(try await events.next() == .reset)
            var event = EventReader.Event.reset
            while event == .reset {
                try await api.sql("UPDATE settings SET default_value = default_value || '1' WHERE name = 'b'")
                event = try await events.next()
            }
            #expect(event == .change("b"))
        }
    }

    @Test("Changes are reported after the connection to the database has broken")
    func brokenConnection() async throws {
        try await PushTests.with { api in
            let events = try await EventReader.open(api.port)
            for value in 1...5 {
                try await api.sql(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid();
                    UPDATE settings SET default_value = '\(value)' WHERE name = 'a'
                    """)
                #expect(try await events.next() == .change("a"))
            }
        }
    }
}

extension EventReader {
    /// Expects changes of one setting each as the next events, in any order.
    fileprivate func expect(_ settings: [String]) async throws {
        var data: [String] = []
        for _ in settings { data.append(try await next().data) }
        #expect(data.sorted() == settings.map { Event.change($0).data }.sorted())
    }
}

@Suite struct ChangeMarkTests {
    @Test("A mark is the same after it has been written and read")
    func roundTrip() throws {
        for slots in [
            [0: (1, 2)], [0: (0, -1), 15: (Int.max, Int.min)],
            Dictionary(uniqueKeysWithValues: (0..<32).map { ($0, ($0 * 1000, $0 << 50)) }),
        ] {
            let position = ChangePosition(slots.mapValues { ChangePosition.Transaction(number: $0.0, token: $0.1) })
            let mark = try #require(position.mark)
            let read = try #require(ChangeMark(mark.description))
            #expect(read == mark && read.numbers == slots.mapValues(\.0))
            for end in mark.description.indices.dropFirst() {
                #expect(ChangeMark(String(mark.description[..<end])) != mark)
            }
        }
        #expect(ChangePosition([40: .init(number: 1, token: 1)]).mark == nil)
    }

    @Test(
        "Other texts are no marks",
        arguments: [
            "", "0", "AAAAAAAAAAAAAAAAAA", "AAAAAQAAAAAAAAAA", "AAAAAQAAAAAAAAAAAQE", "AAAAAQAAAAAAAAAAAQ==",
            "AAAAAQ/AAAAAAAAAAQ",
        ]
    )
    func unreadable(text: String) { #expect(ChangeMark(text) == nil) }

    @Test("Base64 for URLs is that of RFC 4648")
    func base64() {
        for (bytes, text) in [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            #expect(Base64URL.encode(Array(bytes.utf8)) == text)
            #expect(Base64URL.decode(text) == Array(bytes.utf8))
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        for text in ["A", "Zh", "Zm9vY", "Zg==", "+/8", "Zm 9"] { #expect(Base64URL.decode(text) == nil) }
    }
}
