import ContractJSON
import ContractRuntime
import HTTPTypes
import HeksherAPI
import Testing

@testable import HeksherServer

/// Several operations that take effect together: `POST /changes`.
@Suite struct ChangesTests {
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["theme", "user"], test)
    }

    @Test("All operations take effect together, with their responses, the items and the contexts that change")
    func together() async throws {
        try await Self.with { api in
            let result = try await api.change(
                """
                {"operations":[
                  {"operation":"declareSetting","name":"a","type":"int","default_value":1,"configurable_features":["theme","user"]},
                  {"operation":"addRule","setting":"a","feature_values":{"theme":"dark"},"value":2},
                  {"operation":"setRule","setting":"a","feature_values":{"user":"ann"},"value":3,"metadata":{"k":1}},
                  {"operation":"renameSetting","name":"a","new_name":"b","version":"1.1"},
                  {"operation":"setSettingMetadataKey","name":"b","key":"owner","value":"me","version":"1.2"}],
                 "reason":"a reason"}
                """)
            #expect(result.results.map(\.status) == [200, 201, 201, 204, 204])
            #expect(
                result.items.map { "\($0.kind.rawValue) \($0.setting ?? "")" } == ["setting b", "rule b", "rule b"])
            #expect(
                result.winners.map {
                    "\($0.setting) \(Array($0.context)) \($0.before == nil) \($0.after?.value.text ?? "")"
                } == [
                    "b [] true 1", #"b [(key: "theme", value: "dark")] true 2"#,
                    #"b [(key: "user", value: "ann")] true 3"#,
                    #"b [(key: "theme", value: "dark"), (key: "user", value: "ann")] true 3"#,
                ])
            #expect(result.more == 0 && result.moreItems == 0 && result.unexaminedSettings.isEmpty)
            let change = try #require(try await api.client.listChanges(limit: 1).ok.changes.first)
            #expect(change.id == result.changeId && change.reason == "a reason" && change.items == result.items)
            try await api.expect(
                .get, "/settings/b",
                is:
                    #"200 {"name":"b","configurable_features":["theme","user"],"type":"int","default_value":1,"metadata":{"owner":"me"},"aliases":["a"],"version":"1.2"}"#
            )
        }
    }

    @Test(
        "If an operation is refused, the response is that of the first one, and nothing changes",
        arguments: [
            (#"{"operation":"deleteRule","rule_id":99}"#, 404, "null"),
            (
                #"{"operation":"unsetRule","setting":"a","feature_values":{"user":"x"}}"#, 404,
                #""the setting a has no rule with exactly these conditions""#
            ),
            (
                #"{"operation":"addRule","setting":"a","feature_values":{"theme":"dark"},"value":5}"#, 409,
                #""rule 1 has the same conditions""#
            ),
            (
                #"{"operation":"setRule","setting":"a","feature_values":{"theme":"dark"},"value":"x"}"#, 400,
                #""the value does not fit the type int""#
            ),
            (
                #"{"operation":"setRule","setting":"none","feature_values":{"theme":"dark"},"value":1}"#, 422,
                #""the setting none does not exist""#
            ),
            (
                #"{"operation":"changeRuleValue","rule_id":1}"#, 422,
                #"{"detail":[{"loc":["body","value"],"msg":"field required","type":"value_error.missing"}]}"#
            ),
            (
                #"{"operation":"deleteSetting"}"#, 422,
                #"{"detail":[{"loc":["path","name"],"msg":"field required","type":"value_error.missing"}]}"#
            ),
            (
                #"{"operation":"deleteContextFeature","name":"theme"}"#, 409,
                #""context feature can't be deleted, there is at least one setting configured by it""#
            ),
            (
                #"{"operation":"deleteRule","rule_id":1,"if_match":"\"x\""}"#, 412,
                #""If-Match does not hold: the rule 1 has changed""#
            ),
            (
                #"{"operation":"setRule","setting":"a","feature_values":{"theme":"x"},"value":1,"expires_at":"2001-01-01T00:00:00Z"}"#,
                422, #"{"detail":[{"loc":["body","expires_at"],"msg":"the time is in the past","type":"value_error"}]}"#
            ),
        ])
    func refused(operation: String, status: Int, answer: String) async throws {
        try await Self.with { api in
            try await api.declare("a", features: ["theme", "user"])
            try await api.addRule("a", ["theme": "dark"], 1)
            let before = try await api.send(.get, "/document").text
            let first = #"{"operation":"setRule","setting":"a","feature_values":{"theme":"new"},"value":7}"#
            let response = try await api.send(.post, "/changes", #"{"operations":[\#(first),\#(operation)]}"#)
            #expect(response.status.code == status)
            #expect(response.text == #"{"operation":1,"status":\#(status),"answer":\#(answer)}"#)
            #expect(try await api.send(.get, "/document").text == before)
        }
    }

    @Test(
        "A dry run changes nothing and has the plan of the change; a change that would differ from its plan is refused")
    func plans() async throws {
        try await Self.with { api in
            try await api.declare("a", features: ["theme", "user"])
            try await api.addRule("a", ["theme": "dark"], 1)
            func body(_ more: String) -> String {
                #"{"operations":[{"operation":"setRule","setting":"a","feature_values":{"theme":"dark"},"value":2},{"operation":"setRule","setting":"a","feature_values":{"user":"u"},"value":3}]\#(more)}"#
            }
            let before = try await api.send(.get, "/document").text
            let changes = try await api.client.listChanges().ok.changes.count
            let tried = try await api.change(body(#","dry_run":true"#))
            #expect(tried.changeId == nil && tried.items.count == 2)
            #expect(try await api.send(.get, "/document").text == before)
            #expect(try await api.client.listChanges().ok.changes.count == changes)
            try await api.expect(.put, "/rules/1/value", #"{"value":9}"#, is: "204")
            let response = try await api.send(.post, "/changes", body(#","plan":"\#(tried.plan)""#))
            #expect(response.status == .conflict)
            guard case .conflict(.json(.result(let other)))? = MakeChanges.Output(response) else {
                Issue.record("\(response.summary)")
                return
            }
            #expect(other.plan != tried.plan && other.changeId == nil)
            #expect(try await api.send(.get, "/rules/1").text.contains(#""value":9"#))
            let made = try await api.change(body(#","plan":"\#(other.plan)""#))
            #expect(made.plan == other.plan && made.changeId != nil)
            // Repeating it changes nothing.
            let again = try await api.change(body(""))
            #expect(again.items.isEmpty && again.changeId == nil && again.results.map(\.status) == [200, 200])
        }
    }

    @Test(
        "Malformed requests are refused with all their problems",
        arguments: [
            (#"{"operations":[]}"#, "422 body.operations value_error.list.min_items"),
            (#"{"operations":[{"operation":"getRule","rule_id":1}]}"#, "422 body.operations.0.operation value_error"),
            (
                #"{"operations":[{"operation":"deleteRule","rule_id":1}],"reason":"\#(String(repeating: "x", count: 501))"}"#,
                "422 body.reason value_error"
            ),
            (
                #"{"operations":[{"operation":"deleteRule","rule_id":1}],"plan":"x"}"#,
                "422 body.plan value_error.str.regex"
            ),
            (
                #"{"operations":[{"operation":"deleteRule","rule_id":1}],"at":"2001-01-01T00:00:00Z"}"#,
                "422 body.at value_error"
            ),
            (
                #"{"operations":[{"operation":"deleteRule","rule_id":1}],"at":"2999-01-01T00:00:00Z","dry_run":true}"#,
                "422 body.dry_run value_error"
            ),
        ])
    func malformed(body: String, expected: String) async throws {
        try await Self.with { api in try await api.expect(.post, "/changes", body, is: expected) }
    }

    @Test("Each operation that the contract lists is answered", arguments: Schemas.ChangeOperationName.allCases)
    func listed(name: Schemas.ChangeOperationName) async throws {
        try await Self.with { api in
            let response = try await api.send(
                .post, "/changes", #"{"operations":[{"operation":"\#(name.rawValue)"}],"dry_run":true}"#)
            #expect(response.status == .unprocessableContent && response.text.hasPrefix(#"{"operation":0,"#))
        }
    }

    @Test("A change has at most 1,000 operations, and that many are made together")
    func many() async throws {
        try await Self.with { api in
            try await api.declare("a")
            try await api.addRule("a", ["theme": "dark"], 1)
            func body(_ count: Int) -> String {
                let operations = (0..<count).map { #"{"operation":"changeRuleValue","rule_id":1,"value":\#($0)}"# }
                return #"{"operations":[\#(operations.joined(separator: ","))]}"#
            }
            try await api.expect(.post, "/changes", body(1001), is: "422 body.operations value_error")
            let result = try await api.change(body(1000))
            #expect(result.items.count == 1 && result.results.count == 1000)
            #expect(try await api.send(.get, "/rules/1").text.contains(#""value":999"#))
        }
    }

    @Test("Of many contexts with other values, the first hundred are listed")
    func manyWinners() async throws {
        try await Self.with { api in
            try await api.declare("a")
            let operations = (0..<130).map {
                #"{"operation":"addRule","setting":"a","feature_values":{"theme":"v\#($0)"},"value":\#($0 + 1)}"#
            }
            let result = try await api.change(#"{"operations":[\#(operations.joined(separator: ","))]}"#)
            #expect(result.items.count == 130 && result.winners.count == 100 && result.more == 30)
        }
    }

    @Test("Operations see the effects of earlier ones of the same change, whatever they change")
    func effects() async throws {
        try await Self.with { api in
            try await api.declare("a", features: ["theme", "user"])
            try await api.addRule("a", ["theme": "dark"], 1)
            func set(_ setting: String, _ value: Int, _ theme: String = "dark") -> String {
                #"{"operation":"setRule","setting":"\#(setting)","feature_values":{"theme":"\#(theme)"},"value":\#(value)}"#
            }
            func operations(_ operations: String...) -> String {
                #"{"operations":[\#(operations.joined(separator: ","))]}"#
            }
            let unset = #"{"operation":"unsetRule","setting":"a","feature_values":{"theme":"dark"}}"#
            // Deleted and added again, with another ID.
            let again = try await api.change(operations(set("a", 2), unset, set("a", 3), set("a", 4)))
            #expect(again.results.map(\.status) == [200, 204, 201, 200])
            // A deleted setting has no rules, nor has a new one of its name.
            let body = #""type":"str","default_value":"","configurable_features":["theme"]}"#
            let declared = try await api.send(
                .post, "/changes",
                operations(
                    set("a", 5), #"{"operation":"deleteSetting","name":"a"}"#,
                    #"{"operation":"declareSetting","name":"a",\#(body)"#, set("a", 6)))
            #expect(declared.text == #"{"operation":3,"status":400,"answer":"the value does not fit the type str"}"#)
            // An alias and the new name lead to the same setting.
            let renamed = try await api.change(
                operations(
                    set("a", 5), #"{"operation":"renameSetting","name":"a","new_name":"b","version":"1.0"}"#,
                    set("a", 6), set("b", 7), set("b", 8, "x"), set("a", 9, "x")))
            #expect(renamed.results.map(\.status) == [200, 204, 200, 200, 201, 200])
            // A list of values counts at once.
            let listed = try await api.send(
                .post, "/changes",
                operations(
                    set("b", 1, "y"),
                    #"{"operation":"setContextFeatureValues","name":"theme","values":["dark","x","y"]}"#,
                    set("b", 1, "z")))
            #expect(
                listed.status == .unprocessableContent && listed.text.hasPrefix(#"{"operation":2,"#), "\(listed.text)")
            guard case .json(let document) = try await api.client.getDocument().ok.body else { return }
            #expect(document.settings["b"]?.rules.map(\.value.text) == ["7", "9"])
        }
    }

    @Test("Changes and single operations that compete lead to the same state as if one ran after the other")
    func competition() async throws {
        try await Self.with { api in
            try await api.declare("a", features: ["theme", "user"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        for round in 0..<10 {
                            let operations = ["x", "y", "z"].shuffled().map {
                                #"{"operation":"setRule","setting":"a","feature_values":{"theme":"\#($0)"},"value":\#(task * 100 + round)}"#
                            }
                            let response = try await api.send(
                                .post, "/changes", #"{"operations":[\#(operations.joined(separator: ","))]}"#)
                            #expect([200, 503].contains(response.status.code), "\(response.summary)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            guard case .json(let document) = try await api.client.getDocument().ok.body else { return }
            let values = Set(try #require(document.settings["a"]).rules.map(\.value.text))
            #expect(values.count == 1, "each change sets all three rules: \(values)")
        }
    }
}

extension ServiceUnderTest {
    /// Makes a change that must succeed.
    func change(_ body: String, at location: SourceLocation = #_sourceLocation) async throws -> Schemas.ChangeResult {
        let response = try await send(.post, "/changes", body)
        guard case .ok(.json(let result))? = MakeChanges.Output(response) else {
            Issue.record("\(response.summary)", sourceLocation: location)
            throw CancellationError()
        }
        return result
    }
}

extension MakeChanges.Output {
    init?(_ response: APIResponse) {
        var problems = ValidationProblems()
        self.init(response, &problems)
    }
}
