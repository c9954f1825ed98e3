import ContractJSON
import ContractRuntime
import HTTPTypes
import HeksherAPI
import Testing

@testable import HeksherServer

/// `POST /history/{id}/undo`.
@Suite struct UndoTests {
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["theme", "user"]) { api in
            try await api.declare("a", features: ["theme", "user"], metadata: ["k": 1])
            try await api.addRule("a", ["theme": "dark"], 1)
            try await api.addRule("a", ["theme": "dark", "user": "ann"], 2)
            try await test(api)
        }
    }

    private static func dump(_ api: ServiceUnderTest) async throws -> String {
        try await api.send(.get, "/document").text + (try await api.send(.get, "/query").text)
    }

    private static func last(_ api: ServiceUnderTest) async throws -> String {
        try #require(try await api.client.listChanges(limit: 1).ok.changes.first).id
    }

    @Test(
        "Undoing each kind of change restores the state, and undoing the undo repeats the change",
        arguments: [
            (HTTPRequest.Method.delete, "/settings/a", String?.none), (.delete, "/rules/1", nil),
            (.put, "/rules/1/value", #"{"value":10}"#), (.put, "/rules/1/metadata/x", #"{"value":{"b":[1.50]}}"#),
            (.put, "/settings/a/name", #"{"name":"b","version":"1.1"}"#),
            (.put, "/settings/a/name", #"{"name":"b","version":"1.0"}"#),
            (.put, "/settings/a/type", #"{"type":"float","version":"2.0"}"#),
            (.put, "/settings/a/metadata", #"{"metadata":{"z":null},"version":"1.1"}"#),
            (
                .put, "/settings/a/configurable_features",
                #"{"configurable_features":["theme","user","new"],"version":"2.0"}"#
            ),
            (.post, "/context_features", #"{"context_feature":"extra"}"#), (.delete, "/context_features/new", nil),
            (.patch, "/context_features/user/index", #"{"to_before":"theme"}"#),
            (.put, "/context_features/theme/values", #"{"values":["dark","light"]}"#),
            (
                .post, "/rules",
                #"{"setting":"a","feature_values":{"user":"x"},"value":5,"expires_at":"2999-01-01T00:00:00Z"}"#
            ),
            (
                .post, "/settings/declare",
                #"{"name":"a","type":"int","default_value":7,"configurable_features":["theme","user"],"version":"1.5"}"#
            ),
            (
                .post, "/settings/declare",
                #"{"name":"fresh","type":"str","default_value":"","configurable_features":["theme"]}"#
            ),
        ])
    func kinds(method: HTTPRequest.Method, path: String, body: String?) async throws {
        try await Self.with { api in
            try await api.expect(.post, "/context_features", #"{"context_feature":"new"}"#, is: "204")
            let before = try await Self.dump(api)
            let status = try await api.send(method, path, body).status
            #expect(status.code < 300)
            let after = try await Self.dump(api)
            #expect(before != after)
            let change = try await Self.last(api)
            let tried = try await api.undo(change, #"{"dry_run":true}"#)
            #expect(tried.changeId == nil)
            #expect(try await Self.dump(api) == after)
            let undone = try await api.undo(change, #"{"plan":"\#(tried.plan)","reason":"oops"}"#)
            #expect(try await Self.dump(api) == before)
            let made = try #require(try await api.client.listChanges(limit: 1).ok.changes.first)
            #expect(made.id == undone.changeId && made.reason == "oops")
            _ = try await api.undo(made.id)
            #expect(try await Self.dump(api) == after)
        }
    }

    @Test("Changes by SQL can be undone: emptied tables, moved rules, several things in one transaction")
    func sql() async throws {
        try await Self.with { api in
            for script in [
                "TRUNCATE settings CASCADE", "DELETE FROM rules", "UPDATE rules SET value = '9'",
                "BEGIN; INSERT INTO settings VALUES ('z', 'int', '0', '1.0'); INSERT INTO configurable VALUES ('z', 'theme'), ('z', 'user'); UPDATE rules SET setting = 'z' WHERE id = 2; COMMIT",
                "BEGIN; UPDATE settings SET name = 'c' WHERE name = 'a'; UPDATE settings SET name = 'd' WHERE name = 'c'; DELETE FROM setting_metadata; INSERT INTO setting_metadata VALUES ('d', 'n', '[]'); COMMIT",
                "BEGIN; DELETE FROM settings; INSERT INTO settings VALUES ('a', 'str', '\"x\"', '3.0'); COMMIT",
            ] {
                let before = try await Self.dump(api)
                try await api.sql(script)
                let after = try await Self.dump(api)
                #expect(before != after, "\(script)")
                let change = try await Self.last(api)
                _ = try await api.undo(change)
                #expect(try await Self.dump(api) == before, "\(script)")
                _ = try await api.undo(try await Self.last(api))
                #expect(try await Self.dump(api) == after, "\(script)")
                _ = try await api.undo(try await Self.last(api))
                #expect(try await Self.dump(api) == before, "\(script)")
            }
        }
    }

    @Test("An undo that would overwrite later changes is refused with their IDs; unrelated later changes do not matter")
    func conflicts() async throws {
        try await Self.with { api in
            try await api.expect(.put, "/rules/1/value", #"{"value":10}"#, is: "204")
            let first = try await Self.last(api)
            try await api.expect(.put, "/rules/2/value", #"{"value":20}"#, is: "204")
            try await api.expect(.put, "/rules/1/metadata/k", #"{"value":1}"#, is: "204")
            try await api.rename("a", to: "b", version: "1.1")
            _ = try await api.undo(first)
            try await api.expect(
                .get, "/rules/1",
                is: #"200 {"setting":"b","value":1,"feature_values":[["theme","dark"]],"metadata":{"k":1}}"#)
            try await api.expect(.put, "/rules/1/value", #"{"value":11}"#, is: "204")
            let second = try await Self.last(api)
            try await api.expect(.put, "/rules/1/value", #"{"value":12}"#, is: "204")
            let third = try await Self.last(api)
            let before = try await Self.dump(api)
            try await api.expect(
                .post, "/history/\(second)/undo", "{}",
                is:
                    #"409 {"conflicts":[{"change_id":"\#(third)","setting":"b","rule_id":1,"message":"change \#(third) has modified rule 1 of the setting b"}]}"#
            )
            #expect(try await Self.dump(api) == before)
            // Creating the setting cannot be undone while its rules have changed since.
            let creation = try #require(try await api.client.listChanges(setting: "b").ok.changes.last).id
            let response = try await api.send(.post, "/history/\(creation)/undo")
            #expect(response.status == .conflict && response.text.contains(#""change_id":"\#(third)""#))
        }
    }

    @Test("An undo whose result would not be valid is refused, and names the change that stands in the way")
    func validity() async throws {
        try await Self.with { api in
            try await api.expect(.put, "/settings/a/type", #"{"type":"float","version":"2.0"}"#, is: "204")
            let widened = try await Self.last(api)
            try await api.addRule("a", ["user": "x"], 1.5)
            let rule = try await Self.last(api)
            let response = try await api.send(.post, "/history/\(widened)/undo")
            #expect(response.status == .conflict)
            #expect(response.text.contains(#""change_id":"\#(rule)""#), "\(response.text)")
            #expect(response.text.contains("the value of rule 3 of the setting a does not fit the type int"))
            // A deleted rule does not return beside one with the same conditions.
            try await api.expect(.delete, "/rules/1", is: "204")
            let deleted = try await Self.last(api)
            try await api.addRule("a", ["theme": "dark"], 7)
            let twin = try await Self.last(api)
            let refused = try await api.send(.post, "/history/\(deleted)/undo")
            #expect(refused.status == .conflict && refused.text.contains(#""change_id":"\#(twin)""#), "\(refused.text)")
            // A name that belongs to another setting now.
            try await api.declare("old")
            try await api.expect(.delete, "/settings/old", is: "204")
            let gone = try await Self.last(api)
            try await api.declare("old")
            let taken = try await api.send(.post, "/history/\(gone)/undo")
            #expect(taken.status == .conflict && taken.text.contains("has modified the setting old"), "\(taken.text)")
        }
    }

    @Test("An unknown change is 404, and a malformed ID 422")
    func unknown() async throws {
        try await Self.with { api in
            try await api.expect(.post, "/history/999999/undo", is: "404 the history has no change 999999")
            try await api.expect(.post, "/history/x/undo", is: "422 path.change_id type_error.integer")
            try await api.expect(.post, "/history/1/undo", #"{"plan":"x"}"#, is: "422 body.plan value_error.str.regex")
        }
    }

    @Test("A token with limits undoes changes within its limits, and no others")
    func limits() async throws {
        try await AccessTests.with { api, _ in
            func send(_ token: String, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws
                -> APIResponse
            {
                try await api.send(
                    method, path, body, headers: [("Authorization", "Bearer \(AccessTests.token(token))")])
            }
            for name in ["team_a.undo", "team_b.undo"] {
                let body = #"{"name":"\#(name)","type":"int","default_value":1,"configurable_features":["theme"]}"#
                let status = try await send("writer", .post, "/settings/declare", body).status
                #expect(status == .ok)
            }
            func change(_ name: String) async throws -> String {
                let list = try await send("writer", .get, "/history?setting=\(name)").text
                return String(try #require(list.firstMatch(of: /"id":"(\d+)"/)).1)
            }
            #expect(
                try await send("team_a", .post, "/history/\(try await change("team_b.undo"))/undo").status == .notFound)
            let both =
                #"{"operations":[{"operation":"setSettingMetadataKey","name":"team_a.undo","key":"k","value":1,"version":"1.1"},{"operation":"setSettingMetadataKey","name":"team_b.undo","key":"k","value":1,"version":"1.1"}]}"#
            #expect(try await send("team_a", .post, "/changes", both).status == .notFound)
            #expect(try await send("writer", .post, "/changes", both).status == .ok)
            #expect(
                try await send("team_a", .post, "/history/\(try await change("team_a.undo"))/undo").status == .forbidden
            )
            let own =
                #"{"operations":[{"operation":"setRule","setting":"team_a.undo","feature_values":{"theme":"t"},"value":5}]}"#
            #expect(try await send("team_a", .post, "/changes", own).status == .ok)
            #expect(try await send("team_a", .post, "/history/\(try await change("team_a.undo"))/undo").status == .ok)
        }
    }
}

extension ServiceUnderTest {
    /// Undoes a change, which must succeed.
    func undo(_ id: String, _ body: String? = nil, at location: SourceLocation = #_sourceLocation) async throws
        -> Schemas.ChangeResult
    {
        let response = try await send(.post, "/history/\(id)/undo", body)
        var problems = ValidationProblems()
        guard case .ok(.json(let result))? = UndoChange.Output(response, &problems) else {
            Issue.record("\(response.summary)", sourceLocation: location)
            throw CancellationError()
        }
        return result
    }
}
