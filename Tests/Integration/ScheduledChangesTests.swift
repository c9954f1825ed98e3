import ContractJSON
import ContractRuntime
import HTTPTypes
import HeksherAPI
import LibPQ
import Testing

@testable import HeksherServer

/// Scheduled changes, and rules that expire.
@Suite struct ScheduledChangesTests {
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["theme", "user"]) { api in
            try await api.declare("a", features: ["theme", "user"])
            try await test(api)
        }
    }

    /// A time by the database's clock.
    private static func time(_ api: ServiceUnderTest, in interval: String) async throws -> String {
        let rows = try await api.database.pool.run(
            LibPQ.Statement(
                "SELECT to_char((clock_timestamp() + interval '\(interval)') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
            )())
        return try #require(try rows.first?.string(0))
    }

    private static func schedule(_ api: ServiceUnderTest, _ operations: String) async throws -> Schemas.ScheduledChange
    {
        let at = try await time(api, in: "1 hour")
        let response = try await api.send(
            .post, "/changes", #"{"operations":[\#(operations)],"reason":"later","at":"\#(at)"}"#)
        guard case .accepted(.json(let change), let headers)? = MakeChanges.Output(response) else {
            Issue.record("\(response.summary)")
            throw CancellationError()
        }
        #expect(headers.location == "/api/v1/scheduled/\(change.id)" && change.at == at && change.state == .pending)
        return change
    }

    /// Makes all scheduled changes due, in the order of their IDs.
    private static func makeDue(_ api: ServiceUnderTest) async throws {
        try await api.sql("UPDATE heksher_scheduled SET at = clock_timestamp() - interval '1 s' + id * interval '1 ms'")
    }

    /// Waits until a scheduled change is not pending any more.
    private static func finished(_ api: ServiceUnderTest, _ id: String) async throws -> Schemas.ScheduledChange {
        while true {
            let change = try await api.client.getScheduledChange(scheduledId: try #require(Int(id))).ok
            if change.state != .pending { return change }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test("A scheduled change is made at its time, and is in the history with its author and reason")
    func made() async throws {
        try await Self.with { api in
            let change = try await Self.schedule(
                api, #"{"operation":"setRule","setting":"a","feature_values":{"theme":"dark"},"value":1}"#)
            #expect(try await api.send(.get, "/document").text.contains(#""rules":[]"#))
            try await Self.makeDue(api)
            let done = try await Self.finished(api, change.id)
            #expect(done.state == .done && done.answer.text == "null" && done.reason == "later")
            let recorded = try #require(try await api.client.listChanges(limit: 1).ok.changes.first)
            #expect(recorded.id == done.changeId && recorded.by.via == .schedule && recorded.reason == "later")
            #expect(recorded.at >= done.at)
            #expect(try await api.send(.get, "/document").text.contains(#""when":{"theme":"dark"},"value":1"#))
        }
    }

    @Test("A scheduled change that is refused keeps its answer, changes nothing, and does not hold up the next one")
    func failed() async throws {
        try await Self.with { api in
            let bad = try await Self.schedule(
                api,
                #"{"operation":"setRule","setting":"a","feature_values":{"theme":"x"},"value":1},{"operation":"deleteRule","rule_id":77}"#
            )
            let good = try await Self.schedule(
                api, #"{"operation":"setRule","setting":"a","feature_values":{"theme":"y"},"value":1}"#)
            try await Self.makeDue(api)
            #expect(try await Self.finished(api, good.id).state == .done)
            let failed = try await Self.finished(api, bad.id)
            #expect(failed.state == .failed && failed.changeId == nil)
            #expect(failed.answer.text == #"{"operation":1,"status":404,"answer":null}"#)
            guard case .json(let document) = try await api.client.getDocument().ok.body else { return }
            #expect(document.settings["a"]?.rules.map { Array($0.when.values) } == [["y"]])
            let list = try await api.client.listScheduledChanges().ok
            #expect(Set(list.scheduled.map(\.id)) == [bad.id, good.id])
        }
    }

    @Test("A scheduled change with unreadable operations fails as a whole, and the next one is made")
    func unreadable() async throws {
        try await Self.with { api in
            let known = #"{"operation":"setRule","setting":"a","feature_values":{"theme":"late"},"value":1}"#
            try await api.sql(
                """
                INSERT INTO heksher_scheduled (at, operations) VALUES (now(), 'no JSON'),
                    (now(), '[\(known),{"operation":"ofALaterRelease"}]'), (now(), '[\(known)]')
                """)
            #expect(try await Self.finished(api, "3").state == .done)
            for id in ["1", "2"] {
                let failed = try await Self.finished(api, id)
                #expect(failed.state == .failed && failed.answer.text.contains("does not know all operations"))
            }
            #expect(try await api.client.listChanges().ok.changes.filter { $0.by.via == .schedule }.count == 1)
        }
    }

    @Test("Operations that lack members cannot be scheduled; those that would be refused now can")
    func malformed() async throws {
        try await Self.with { api in
            let at = try await Self.time(api, in: "1 hour")
            func send(_ operation: String) async throws -> String {
                try await api.send(.post, "/changes", #"{"operations":[\#(operation)],"at":"\#(at)"}"#).text
            }
            let text = try await send(#"{"operation":"addRule","setting":"a","when":{"theme":"x"},"value":1}"#)
            #expect(
                text.hasPrefix(#"{"operation":0,"status":422,"answer":{"detail":[{"loc":["body","feature_values"]"#),
                "\(text)")
            #expect(try await api.client.listScheduledChanges().ok.scheduled.isEmpty)
            #expect(try await send(#"{"operation":"deleteRule","rule_id":1}"#).contains(#""state":"pending""#))
        }
    }

    @Test("Several instances make each scheduled change once; a deleted one is not made")
    func once() async throws {
        try await Self.with { api in
            try await ServiceUnderTest.running(on: api.database) { other in
                let deleted = try await Self.schedule(
                    api, #"{"operation":"addRule","setting":"a","feature_values":{"theme":"deleted"},"value":1}"#)
                try await api.expect(.delete, "/scheduled/\(deleted.id)", is: "204")
                try await api.expect(
                    .delete, "/scheduled/\(deleted.id)", is: "404 there is no scheduled change \(deleted.id)")
                try await api.expect(
                    .get, "/scheduled/\(deleted.id)", is: "404 there is no scheduled change \(deleted.id)")
                var changes: [Schemas.ScheduledChange] = []
                for index in 0..<10 {
                    changes.append(
                        try await Self.schedule(
                            index % 2 == 0 ? api : other,
                            #"{"operation":"addRule","setting":"a","feature_values":{"theme":"t\#(index)"},"value":1}"#)
                    )
                }
                try await Self.makeDue(api)
                for change in changes { #expect(try await Self.finished(other, change.id).state == .done) }
                let scheduled = try await api.client.listChanges(limit: 200).ok.changes.filter {
                    $0.by.via == .schedule
                }
                #expect(scheduled.count == 10)
            }
        }
    }

    @Test("A rule is deleted when it expires, shows its expiry until then, and the deletion can be seen in the history")
    func expiry() async throws {
        try await Self.with { api in
            let at = try await Self.time(api, in: "1 hour")
            let response = try await api.send(
                .post, "/rules", #"{"setting":"a","feature_values":{"theme":"dark"},"value":1,"expires_at":"\#(at)"}"#)
            #expect(response.status == .created)
            try await api.expect(
                .get, "/rules/1",
                is:
                    #"200 {"setting":"a","value":1,"feature_values":[["theme","dark"]],"metadata":{},"expires_at":"\#(at)"}"#
            )
            try await api.sql("UPDATE rules SET expires_at = expires_at - interval '2 hours'")
            while try await api.send(.get, "/rules/1").status == .ok { try await Task.sleep(for: .milliseconds(20)) }
            let change = try #require(try await api.client.listChanges(limit: 1).ok.changes.first)
            #expect(change.by.via == .schedule && change.reason == "the rule has expired")
            #expect(change.items.first?.before.text.contains("expires_at") == true)
            try await api.expect(
                .post, "/rules",
                #"{"setting":"a","feature_values":{"theme":"x"},"value":1,"expires_at":"2001-01-01T00:00:00Z"}"#,
                is: "422 body.expires_at value_error")
            // Setting a rule again keeps, changes or removes its expiry.
            func set(_ more: String) async throws -> String {
                _ = try await api.change(
                    #"{"operations":[{"operation":"setRule","setting":"a","feature_values":{"theme":"z"},"value":1\#(more)}]}"#
                )
                return try await api.send(.get, "/document").text
            }
            #expect(try await set(#","expires_at":"2999-01-01T00:00:00Z""#).contains("2999-01-01T00:00:00.000000Z"))
            #expect(try await set("").contains("2999-01-01T00:00:00.000000Z"))
            #expect(try await set(#","expires_at":null"#).contains("expires_at") == false)
        }
    }

    @Test("A service that starts makes the changes that became due while no instance was running")
    func overdue() async throws {
        try await Self.with { api in
            try await api.sql(
                """
                INSERT INTO heksher_scheduled (at, operations) VALUES (now() - interval '1 day',
                    '[{"operation":"setRule","setting":"a","feature_values":{"theme":"late"},"value":1}]')
                """)
            #expect(try await Self.finished(api, "1").state == .done)
        }
    }

    @Test("A scheduled change has the rights of the token that has scheduled it, and other teams do not see it")
    func rights() async throws {
        try await AccessTests.with { api, _ in
            func send(_ token: String, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws
                -> APIResponse
            {
                try await api.send(
                    method, path, body, headers: [("Authorization", "Bearer \(AccessTests.token(token))")])
            }
            let at = try await Self.time(api, in: "1 hour")
            let operation = #"{"operation":"addRule","setting":"team_b.doc","feature_values":{"theme":"t"},"value":1}"#
            let response = try await send("team_a", .post, "/changes", #"{"operations":[\#(operation)],"at":"\#(at)"}"#)
            #expect(response.status == .accepted)
            let own = try await send("team_a", .get, "/scheduled").text
            #expect(own.contains(#""by":"team_a""#))
            #expect(try await send("two", .get, "/scheduled").text.contains("team_b.doc"))
            #expect(try await send("reader", .get, "/scheduled").text == own)
            let all = try await send("writer", .post, "/changes", #"{"operations":[\#(operation)],"at":"\#(at)"}"#)
            #expect(all.status == .accepted)
            #expect(try await send("team_a", .get, "/scheduled").text == own)
            #expect(try await send("team_a", .get, "/scheduled/2").status == .notFound)
            try await api.sql("UPDATE heksher_scheduled SET at = now() WHERE id = 1")
            while try await send("writer", .get, "/scheduled/1").text.contains("pending") {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await send("writer", .get, "/scheduled/1").text.contains(#""status":403"#))
        }
    }
}
