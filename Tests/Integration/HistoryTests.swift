import ContractJSON
import ContractRuntime
import HTTPTypes
import HeksherAPI
import HeksherStore
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

/// The history of changes.
@Suite struct HistoryTests {
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["theme", "user"], test)
    }

    /// The changes that match a query, the latest first.
    private static func changes(_ api: ServiceUnderTest, _ query: String = "") async throws -> [Schemas.Change] {
        try await list(api, query).changes
    }

    private static func list(_ api: ServiceUnderTest, _ query: String = "") async throws -> Schemas.ChangeList {
        let answer = try await api.send(.get, "/history\(query)")
        #expect(answer.status == .ok, "\(answer.summary)")
        var problems = ValidationProblems()
        var json = JSONReader(answer.body)
        return try #require(try Schemas.ChangeList.decode(from: &json, problems: &problems))
    }

    /// The items in short: kind, subject, and the presence of the states.
    private static func summary(_ change: Schemas.Change) -> [String] {
        change.items.map { item in
            let subject = item.ruleId.map { "\(item.setting ?? "") \($0)" } ?? item.setting ?? ""
            let states = "\(item.before.text == "null" ? "-" : "+")\(item.after.text == "null" ? "-" : "+")"
            return "\(item.kind.rawValue) \(subject) \(states)"
        }
    }

    @Test("Each operation is one change, whose states are the responses of GET before and after it")
    func operations() async throws {
        try await Self.with { api in
            try await api.declare("a", metadata: ["k": 1])
            let rule = try await api.addRule("a", ["theme": "dark"], 1)
            var states: [(path: String, body: [UInt8])] = []
            func remember(_ path: String) async throws {
                let answer = try await api.send(.get, path)
                states.append((path, answer.status == .ok ? answer.body : Array("null".utf8)))
            }
            let operations: [(HTTPRequest.Method, String, String?, String)] = [
                (.put, "/rules/\(rule)/value", #"{"value":2.50e0}"#, "/rules/\(rule)"),
                (.put, "/settings/a/type", #"{"type":"float","version":"2.0"}"#, "/settings/a"),
                (.put, "/rules/\(rule)/value", #"{"value":2.50e0}"#, "/rules/\(rule)"),
                (.put, "/rules/\(rule)/metadata/k", #"{"value":{"b":1,"a":[1.50]}}"#, "/rules/\(rule)"),
                (.put, "/settings/a/metadata/k", #"{"value":2,"version":"2.1"}"#, "/settings/a"),
                (.delete, "/rules/\(rule)", nil, "/rules/\(rule)"), (.delete, "/settings/a", nil, "/settings/a"),
            ]
            for (method, path, body, subject) in operations {
                try await remember(subject)
                let status = try await api.send(method, path, body).status
                try await remember(subject)
                // The value does not fit the type before the type changes.
                let before = states[states.count - 2].body
                if status == .badRequest {
                    states.removeLast(2)
                    continue
                }
                #expect(status == .noContent, "\(path)")
                let change = try #require(try await Self.changes(api, "?limit=1").first)
                let item = try #require(change.items.first)
                #expect(change.items.count == 1 && change.by.via == .api && change.by.address == "127.0.0.1")
                #expect(item.before == (try JSONValue(parsing: before)), "\(path)")
                #expect(item.after == (try JSONValue(parsing: states[states.count - 1].body)), "\(path)")
            }
            let all = try await Self.changes(api)
            #expect(
                all.map { Self.summary($0).joined(separator: "; ") } == [
                    "setting a +-", "rule a \(rule) +-", "setting a ++", "rule a \(rule) ++", "rule a \(rule) ++",
                    "setting a ++", "rule a \(rule) -+", "setting a -+", "context_features  ++", "context_features  ++",
                ])
            #expect(all.map { Int($0.id) ?? 0 } == all.map { Int($0.id) ?? 0 }.sorted(by: >))
            for change in all { #expect(DateTime(change.at) != nil) }
            let features = try #require(all.last?.items.first)
            #expect(features.before.text == #"{"context_features":[],"values":{}}"#)
            #expect(features.after.text == #"{"context_features":["theme"],"values":{}}"#)
            let first = try await api.send(.get, "/history/\(try #require(all.last?.id))")
            #expect(first.status == .ok && first.text.contains(#""context_features":["theme"]"#))
        }
    }

    @Test("Changes by SQL are in the history with the user and the application, and nothing that was rolled back is")
    func sql() async throws {
        try await Self.with { api in
            try await api.declare("a")
            try await api.addRule("a", ["theme": "dark"], 1)
            let before = try await Self.changes(api).count
            try await api.sql(
                """
                BEGIN; UPDATE rules SET value = '5'; ROLLBACK;
                BEGIN; SET LOCAL application_name = 'tool'; SET LOCAL heksher.reason = 'by hand';
                SAVEPOINT s; DELETE FROM rules; ROLLBACK TO s; UPDATE settings SET default_value = '7'; COMMIT;
                UPDATE settings SET default_value = default_value
                """)
            let changes = try await Self.changes(api)
            #expect(changes.count == before + 1)
            let change = try #require(changes.first)
            #expect(Self.summary(change) == ["setting a ++"] && change.by.via == .sql && change.reason == "by hand")
            #expect(change.by.name == "postgres (tool)")
            try await api.sql("TRUNCATE rules CASCADE")
            #expect(try await Self.changes(api, "?limit=1").map(Self.summary) == [["rule a 1 +-"]])
            try await api.sql("BEGIN; INSERT INTO rules (setting, value) VALUES ('a', '3'); DELETE FROM rules; COMMIT")
            try await api.sql("COPY rules (id, setting, value) FROM PROGRAM 'printf \"9\\\\ta\\\\t1\\\\n\"'")
            #expect(try await Self.changes(api, "?limit=1").map(Self.summary) == [["rule a 9 -+"]])
        }
    }

    @Test(
        "A setting's changes are found under all names it has had, with its rules, and states keep the name of their time"
    )
    func renames() async throws {
        try await Self.with { api in
            try await api.declare("a")
            try await api.addRule("a", ["theme": "dark"], 1)
            try await api.rename("a", to: "b")
            try await api.rename("b", to: "c", version: "1.1")
            try await api.expect(.put, "/rules/1/value", #"{"value":4}"#, is: "204")
            try await api.declare("b.other")
            for name in ["c", "a", "b"] {
                let changes = try await Self.changes(api, "?setting=\(name)")
                #expect(
                    changes.map { Self.summary($0)[0] } == [
                        "rule c 1 ++", "setting c ++", "setting b ++", "rule a 1 -+", "setting a -+",
                    ])
                let names = changes.map { change in
                    [change.items[0].before, change.items[0].after].map { state -> String? in
                        guard case .object(let members) = state.content else { return nil }
                        let name = members.first { $0.key == "name" || $0.key == "setting" }?.value
                        if case .string(let text)? = name?.content { return text }
                        return nil
                    }
                }
                #expect(names == [["c", "c"], ["b", "c"], ["a", "b"], [nil, "a"], [nil, "a"]])
            }
            #expect(try await Self.changes(api, "?rule_id=1").count == 2)
            #expect(try await Self.changes(api, "?setting=unknown").isEmpty)
            #expect(try await Self.changes(api, "?setting=a&kind=rule").count == 2)
            #expect(try await Self.changes(api, "?kind=context_features").count == 2)
        }
    }

    @Test("Pages of changes follow each other without gaps, and a cursor fits only its own filters")
    func pages() async throws {
        try await Self.with { api in
            try await api.declare("a")
            for value in 0..<7 { try await api.addRule("a", ["theme": "t\(value)"], 1) }
            var (found, cursor) = ([String](), String?.none)
            repeat {
                let page = try await Self.list(api, "?limit=3" + (cursor.map { "&cursor=\($0)" } ?? ""))
                #expect(page.changes.count <= 3)
                found += page.changes.map(\.id)
                cursor = page.cursor
            } while cursor != nil
            #expect(found == (try await Self.changes(api).map(\.id)) && found.count == 10)
            let other = try #require(try await Self.list(api, "?limit=1&kind=rule").cursor)
            try await api.expect(.get, "/history?cursor=\(other)", is: "422 query.cursor value_error")
            #expect(try await Self.changes(api, "?limit=2&kind=rule&cursor=\(other)").count == 2)
            let middle = try #require(try await Self.changes(api, "?limit=5").last?.at)
            let (since, until) = (
                try await Self.changes(api, "?since=\(middle)"), try await Self.changes(api, "?until=\(middle)")
            )
            #expect(since.count == 5 && until.count == 5)
            for time in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "1969-12-31T23:59:59.999999999Z"] {
                #expect(try await Self.changes(api, "?since=\(time)").count == (time.hasPrefix("9") ? 0 : 10))
            }
        }
    }

    @Test(
        "Invalid requests for the history are refused",
        arguments: [
            ("/history?limit=0", "422 query.limit value_error"),
            ("/history?limit=201", "422 query.limit value_error"),
            ("/history?cursor=x", "422 query.cursor value_error.str.regex"),
            ("/history?cursor=5-00000000", "422 query.cursor value_error"),
            ("/history?kind=x", "422 query.kind *"), ("/history?since=yesterday", "422 query.since *"),
            ("/history?setting=a%20b", "422 query.setting value_error.str.regex"),
            ("/history/x", "422 path.change_id type_error.integer"),
            ("/history/999999", "404 the history has no change 999999"),
        ])
    func invalid(path: String, answer: String) async throws {
        try await Self.with { try await $0.expect(.get, path, is: answer) }
    }

    @Test("A reason is part of the change, percent-encoded if necessary; one of more than 500 characters is refused")
    func reasons() async throws {
        try await Self.with { api in
            for (field, reason) in [
                ("CHK-42: 50% more", "CHK-42: 50% more"), ("Gr%C3%B6%C3%9Fe %F0%9F%98%80", "Größe 😀"),
                (String(repeating: "%C3%A9", count: 500), String(repeating: "é", count: 500)), ("", nil),
            ] as [(String, String?)] {
                let body = #"{"context_feature":"f\#(reason?.count ?? 0)"}"#
                let answer = try await api.send(.post, "/context_features", body, headers: [("X-Change-Reason", field)])
                #expect(answer.status == .noContent, "\(answer.summary)")
                #expect(try await Self.changes(api, "?limit=1").first?.reason == reason)
            }
            let long = String(repeating: "%C3%A9", count: 501)
            let refused = try await api.send(
                .post, "/context_features", #"{"context_feature":"g"}"#, headers: [("X-Change-Reason", long)])
            #expect(refused.summary == "422 header.X-Change-Reason value_error")
            #expect(try await !api.features.contains("g"))
        }
    }

    @Test("Old changes are deleted in steps, and the history begins with the first that is kept")
    func retention() async throws {
        try await Self.with { api in
            try await api.declare("a")
            for value in 0..<5 { try await api.addRule("a", ["theme": "t\(value)"], 1) }
            let all = try await Self.changes(api)
            try await api.sql(
                "UPDATE heksher_public.history SET at = at - interval '10 days' WHERE id <= \(all[3].id)")
            let store = Store(api.database.pool)
            while try await store.deleteChanges(olderThanDays: 9) {}
            let kept = try await Self.changes(api)
            #expect(Array(kept.map(\.id).prefix(3)) == all.prefix(3).map(\.id) && kept.count <= 4)
            try await api.expect(.get, "/history/\(try #require(all.last?.id))", is: "404 *")
            #expect(try await store.deleteChanges(olderThanDays: 9) == false)
            // The service still notices changes.
            try await api.addRule("a", ["theme": "new"], 1)
            #expect(try await api.client.queryRules().ok.body.settings["a"]?.rules.count == 6)
        }
    }

    @Test("A token with prefixes sees only the changes of its settings, and neither names nor counts of others")
    func prefixes() async throws {
        try await AccessTests.with { api, _ in
            func ask(_ token: String, _ path: String) async throws -> String {
                try await api.send(.get, path, headers: [("X-API-Key", AccessTests.token(token))]).text
            }
            try await api.sql(
                """
                INSERT INTO settings VALUES ('team_b.secret', 'int', '1', '1.0');
                INSERT INTO rules (setting, value) VALUES ('team_b.secret', '1'), ('team_a.x', '2')
                """)
            try await api.sql("UPDATE settings SET default_value = '5' WHERE name = 'team_b.secret'")
            let visible = try await ask("team_a", "/history")
            #expect(visible.contains("team_a.x") && !visible.contains("secret"))
            #expect(try await ask("team_a", "/history?setting=team_b.secret") == #"{"changes":[],"cursor":null}"#)
            let everything = try await ask("writer", "/history?limit=1")
            #expect(everything.contains("team_b.secret"))
            let id = try #require(everything.firstMatch(of: /"id":"([0-9]+)"/)?.1)
            #expect(try await ask("team_a", "/history/\(id)") == "the history has no change \(id)")
        }
    }
}
