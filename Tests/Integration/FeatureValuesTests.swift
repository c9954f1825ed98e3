import ContractJSON
import ContractRuntime
import Foundation
import HeksherAPI
import HeksherStore
import LibPQ
import Testing

@testable import HeksherServer

/// The lists of values of context features.
@Suite struct FeatureValuesTests {
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["region", "tenant"]) { api in
            try await api.declare("a", features: ["region", "tenant"])
            try await test(api)
        }
    }

    private static let path = "/context_features/region/values"

    @Test(
        "A feature may have any value until its list is set; the list keeps its order, and the first of repeated values"
    )
    func reading() async throws {
        try await Self.with { api in
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":null}"#)
            try await api.expect(
                .put, Self.path, #"{"values":["us-east-1","Müller & Söhne","*","us-east-1"]}"#, is: "204")
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":["us-east-1","Müller & Söhne","*"]}"#)
            // Characters that are composed differently are two values.
            try await api.expect(.put, Self.path, #"{"values":["\u00e9","e\u0301"]}"#, is: "204")
            let values = try await api.client.getContextFeatureValues(name: "region").ok.values
            #expect(values?.map { Array($0.utf8) } == [Array("\u{E9}".utf8), Array("e\u{301}".utf8)])
            #expect(try await api.ask(.get, "/context_features/tenant/values") == #"200 {"values":null}"#)
            #expect(
                try await api.client.listContextFeatures(includeValues: true).ok
                    == .init(contextFeatures: ["region", "tenant"], values: ["region": ["\u{E9}", "e\u{301}"]]))
            #expect(try await api.ask(.get, "/context_features") == #"200 {"context_features":["region","tenant"]}"#)
            try await api.expect(.put, Self.path, #"{"values":null}"#, is: "204")
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":null}"#)
        }
    }

    @Test("An unknown feature has no list", arguments: ["none", "no%20ne", "%00"])
    func unknown(name: String) async throws {
        try await Self.with { api in
            try await api.expect(.get, "/context_features/\(name)/values", is: "404")
            try await api.expect(.put, "/context_features/\(name)/values", #"{"values":["x"]}"#, is: "404")
            try await api.expect(.put, "/context_features/\(name)/values", #"{"values":null}"#, is: "404")
        }
    }

    @Test(
        "A list that is missing, empty, or has something else than values of features is refused at its place",
        arguments: [
            ("{}", "body.values value_error.missing"), (#"{"values":[]}"#, "body.values value_error.list.min_items"),
            (#"{"values":"x"}"#, "body.values type_error.list"),
            (#"{"values":[1]}"#, "body.values.0 type_error.string"),
            (#"{"values":["x",null]}"#, "body.values.1 type_error.string"),
            (#"{"values":["x",""]}"#, "body.values.1 value_error.str.regex"),
            (#"{"values":["x\n"]}"#, "body.values.0 value_error.str.regex"),
            (#"{"values":["\#(String(repeating: "ü", count: 513))"]}"#, "body.values.0 value_error"),
            ("[]", "body type_error.dict"), ("{", "body value_error.jsondecode"),
        ])
    func malformed(body: String, problem: String) async throws {
        try await Self.with { api in
            try await api.expect(.put, Self.path, body, is: "422 \(problem)")
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":null}"#)
        }
    }

    @Test("A list that conflicts with rules is refused with the rules, and stores nothing")
    func conflicts() async throws {
        try await Self.with { api in
            try await api.declare("b", features: ["region"])
            try await api.addRule("b", ["region": "mars"], 1)
            try await api.addRule("a", ["region": "venus", "tenant": "acme"], 1)
            try await api.addRule("a", ["region": "eu", "tenant": "mars"], 1)
            #expect(
                try await api.ask(.put, Self.path, #"{"values":["eu","us"]}"#)
                    == #"409 {"conflicts":["rule 2 of the setting a has the value 'venus'","rule 1 of the setting b has the value 'mars'"]}"#
            )
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":null}"#)
            try await api.expect(.put, Self.path, #"{"values":["eu","mars","venus"]}"#, is: "204")
            try await api.expect(.put, Self.path, #"{"values":["eu","venus"]}"#, is: "409 *")
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":["eu","mars","venus"]}"#)
            try await api.client.deleteRule(ruleId: 1).noContent()
            try await api.expect(.put, Self.path, #"{"values":["eu","venus"]}"#, is: "204")
        }
    }

    @Test("A refusal names a hundred rules at most and counts the others, within 64 KiB")
    func manyConflicts() async throws {
        try await Self.with { api in
            try await api.sql(
                """
                INSERT INTO rules SELECT n, 'a', '1' FROM generate_series(1, 2000) n;
                INSERT INTO conditions SELECT n, 'region', n || repeat('"', 500) FROM generate_series(1, 2000) n
                """)
            let refusal = try await api.send(.put, Self.path, #"{"values":["eu"]}"#)
            #expect(refusal.status == .conflict && refusal.body.count <= 64 << 10)
            #expect(refusal.text.contains(" more rules have other values\"]"))
            try await api.sql("UPDATE conditions SET feature_value = rule")
            let answer = try await api.client.setContextFeatureValues(name: "region", body: .init(values: ["eu"]))
            guard case .conflict(.json(let conflicts)) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(conflicts.conflicts.count == 101)
            #expect(conflicts.conflicts.first == "rule 1 of the setting a has the value '1'")
            #expect(conflicts.conflicts.last == "1900 more rules have other values")
        }
    }

    @Test("A rule with a value outside the list is refused at its member; all others are accepted")
    func rules() async throws {
        try await Self.with { api in
            try await api.expect(.put, Self.path, #"{"values":["eu","us"]}"#, is: "204")
            try await api.expect(.put, "/context_features/tenant/values", #"{"values":["acme"]}"#, is: "204")
            #expect(
                try await api.ask(addingRuleTo: "a", #"{"tenant":"acme","region":"mars"}"#, "1")
                    == "422 body.feature_values.region value_error")
            #expect(
                try await api.ask(addingRuleTo: "a", #"{"tenant":"globex","region":"EU"}"#, "1")
                    == "422 body.feature_values.tenant value_error, body.feature_values.region value_error")
            let refusal = try await api.send(
                .post, "/rules", #"{"setting":"a","feature_values":{"region":"mars"},"value":1}"#)
            #expect(
                refusal.text.contains(
                    #""msg":"'mars' is not among the values of the context feature region: ['eu', 'us']""#))
            #expect(try await api.ask(addingRuleTo: "none", #"{"region":"mars"}"#, "1").hasPrefix("422 the setting"))
            try await api.addRule("a", ["tenant": "acme", "region": "us"], 1)
            try await api.expect(.put, Self.path, #"{"values":null}"#, is: "204")
            try await api.addRule("a", ["region": "mars"], 1)
        }
    }

    @Test(
        "A context with a value outside the list is refused at its place, from memory as from the tables",
        arguments: [true, false])
    func contexts(fromMemory: Bool) async throws {
        try await Self.with { api in
            if !fromMemory { try await api.sql("ALTER TABLE rules DISABLE TRIGGER ALL") }
            try await api.addRule("a", ["region": "eu"], 7)
            let paths = ["/evaluate?context=", "/evaluate?settings=a&context=", "/explain?setting=a&context="]
            // So that stored responses would be used.
            for path in paths { try await api.expect(.get, path + "region:mars", is: "200 *") }
            try await api.expect(.put, Self.path, #"{"values":["eu","us"]}"#, is: "204")
            for path in paths {
                for _ in 0..<2 {
                    let refusal = try await api.send(.get, path + "tenant:%C3%A9,region:mars")
                    #expect(
                        refusal.text == #"""
                            {"detail":[{"loc":["query","context"],"msg":"'mars' is not among the values of the context feature region: ['eu', 'us'] (offset 16)","type":"value_error","ctx":{"pos":16,"lineno":1,"colno":17}}]}
                            """#)
                    try await api.expect(.get, path + "region:mars", is: "422 query.context value_error")
                    try await api.expect(.get, path + "region:%22eu%20%22", is: "422 query.context value_error")
                    try await api.expect(.get, path + "region:eu,tenant:mars,none:mars", is: "200 *")
                    try await api.expect(.get, path, is: "200 *")
                }
            }
            // An unknown setting comes first.
            try await api.expect(.get, "/evaluate?settings=none&context=region:mars", is: "404 *")
            try await api.expect(.get, "/explain?setting=none&context=region:mars", is: "404 *")
            try await api.expect(.put, Self.path, #"{"values":["mars","eu"]}"#, is: "204")
            for path in paths { try await api.expect(.get, path + "region:mars", is: "200 *") }
        }
    }

    @Test(
        "OFREP refuses a value outside the list with 400 and INVALID_CONTEXT, from memory as from the tables",
        arguments: [true, false])
    func openFeature(fromMemory: Bool) async throws {
        try await ServiceUnderTest.with(features: ["region"], configure: { $0.targetingFeature = "region" }) { api in
            try await api.declare("a", features: ["region"])
            if !fromMemory { try await api.sql("ALTER TABLE rules DISABLE TRIGGER ALL") }
            let list = "['eu', '7', 'true']"
            let sentence = "'mars' is not among the values of the context feature region: \(list)"
            let (flag, flags) = ("//ofrep/v1/evaluate/flags/a", "//ofrep/v1/evaluate/flags")
            for body in [#"{"context":{"region":"mars"}}"#, #"{"context":{"targetingKey":"mars"}}"#] {
                for path in [flag, flags] { try await api.expect(.post, path, body, is: "200 *") }
            }
            try await api.expect(.put, Self.path, #"{"values":["eu","7","true"]}"#, is: "204")
            for body in [#"{"context":{"region":"mars"}}"#, #"{"context":{"targetingKey":"mars"}}"#] {
                for _ in 0..<2 {
                    #expect(
                        try await api.ask(.post, flag, body)
                            == #"400 {"key":"a","errorCode":"INVALID_CONTEXT","errorDetails":"\#(sentence)"}"#)
                    #expect(
                        try await api.ask(.post, flags, body)
                            == #"400 {"errorCode":"INVALID_CONTEXT","errorDetails":"\#(sentence)"}"#)
                }
            }
            for context in [
                "{}", #"{"region":"eu"}"#, #"{"region":7}"#, #"{"region":true}"#, #"{"region":["mars"]}"#,
                #"{"region":null}"#, #"{"region":""}"#, #"{"none":"mars"}"#,
            ] {
                for path in [flag, flags] {
                    try await api.expect(.post, path, #"{"context":\#(context)}"#, is: "200 *")
                }
            }
            try await api.expect(.post, flag + "x", #"{"context":{"region":"mars"}}"#, is: "404 *")
        }
    }

    @Test("Filters of a query and the conditions of a search may contain any value")
    func filters() async throws {
        try await Self.with { api in
            let id = try await api.addRule("a", ["region": "eu"], 7)
            try await api.expect(.put, Self.path, #"{"values":["eu","us"]}"#, is: "204")
            let found = try await api.client.queryRules(contextFilters: "region:(mars,eu)").ok.body
            #expect(found.settings["a"]?.rules.map(\.ruleId) == [id])
            let none = try await api.client.queryRules(contextFilters: "region:(mars)").ok.body
            #expect(none.settings["a"]?.rules.isEmpty == true)
            try await api.expect(.get, "/rules/search?setting=a&feature_values=region:mars", is: "404")
        }
    }

    @Test("A list that SQL or another instance changes is used at once")
    func current() async throws {
        try await Self.with { api in
            try await ServiceUnderTest.running(on: api.database) { other in
                for round in 0..<5 {
                    try await api.sql(
                        "UPDATE context_features SET allowed_values = '{eu,\"v\(round)\"}' WHERE name = 'region'")
                    for service in [api, other] {
                        try await service.expect(
                            .get, "/evaluate?context=region:mars", is: "422 query.context value_error")
                        try await service.expect(.get, "/evaluate?context=region:v\(round)", is: "200 *")
                        try await service.expect(
                            .post, "//ofrep/v1/evaluate/flags", #"{"context":{"region":"mars"}}"#, is: "400 *")
                    }
                    #expect(try await api.ask(.get, Self.path) == #"200 {"values":["eu","v\#(round)"]}"#)
                    try await other.expect(.put, Self.path, #"{"values":["mars"]}"#, is: "204")
                    for service in [api, other] {
                        try await service.expect(.get, "/evaluate?context=region:mars", is: "200 *")
                        try await service.expect(
                            .get, "/evaluate?context=region:v\(round)", is: "422 query.context value_error")
                    }
                    try await api.sql("UPDATE context_features SET allowed_values = NULL")
                    for service in [api, other] {
                        try await service.expect(.get, "/evaluate?context=region:v\(round)", is: "200 *")
                    }
                }
            }
        }
    }

    @Test("SQL cannot store an empty list, and texts in a list that are not values count as absent")
    func sql() async throws {
        try await Self.with { api in
            for list in ["{}", "{eu,NULL}", "{{eu},{us}}"] {
                await #expect(throws: PostgresError.self) {
                    try await api.sql("UPDATE context_features SET allowed_values = '\(list)'")
                }
            }
            try await api.sql(
                "UPDATE context_features SET allowed_values = ARRAY['', E'a\\tb', 'eu', 'eu', repeat('x', 513)]")
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":["eu"]}"#)
            try await api.expect(.get, "/evaluate?context=region:eu", is: "200 *")
            try await api.expect(.get, "/evaluate?context=region:us", is: "422 query.context value_error")
            try await api.sql("UPDATE context_features SET allowed_values = ARRAY['']")
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":null}"#)
            try await api.expect(.get, "/evaluate?context=region:us", is: "200 *")
        }
    }

    @Test(
        "The original and SQL can store features and conditions as before; no context matches a condition outside the list"
    )
    func original() async throws {
        try await Self.with { api in
            try await api.expect(.put, Self.path, #"{"values":["eu"]}"#, is: "204")
            try await api.sql(
                """
                INSERT INTO context_features (name, index) VALUES ('user', 2);
                INSERT INTO rules (id, setting, value) VALUES (50, 'a', '5');
                INSERT INTO conditions (rule, context_feature, feature_value) VALUES (50, 'region', 'mars')
                """)
            #expect(try await api.ask(.get, "/context_features/user/values") == #"200 {"values":null}"#)
            #expect(try await api.client.getRule(ruleId: 50).ok.body.featureValues == [["region", "mars"]])
            #expect(try await api.client.evaluateSettings(context: "region:eu").ok.body.settings["a"]?.value == 0)
            try await api.expect(.get, "/evaluate?context=region:mars", is: "422 query.context value_error")
        }
    }

    @Test("Moving a feature keeps its list; deleting it deletes the list")
    func moving() async throws {
        try await Self.with { api in
            try await api.expect(.put, Self.path, #"{"values":["eu"]}"#, is: "204")
            try await api.client.moveContextFeature(name: "region", body: .after("tenant")).noContent()
            try await api.client.addContextFeature(body: .init(contextFeature: "user")).noContent()
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":["eu"]}"#)
            try await api.expect(.get, "/evaluate?context=region:us", is: "422 query.context value_error")
            try await api.client.deleteSetting(name: "a").noContent()
            try await api.client.deleteContextFeature(name: "region").noContent()
            try await api.expect(.get, "/evaluate?context=region:us", is: "200 *")
            try await api.client.addContextFeature(body: .init(contextFeature: "region")).noContent()
            #expect(try await api.ask(.get, Self.path) == #"200 {"values":null}"#)
        }
    }

    @Test("A list takes part in the limits on stored data")
    func limits() async throws {
        var storage = StorageLimits()
        (storage.partSize, storage.bytes) = (2000, 3000)
        try await ServiceUnderTest.with(features: ["region", "tenant"], storage: storage) { api in
            let list = (1...3).map { "\"\($0)\(String(repeating: "x", count: 500))\"" }.joined(separator: ",")
            let tooMuch = (1...5).map { "\"\($0)\(String(repeating: "x", count: 500))\"" }.joined(separator: ",")
            try await api.expect(.put, Self.path, #"{"values":[\#(tooMuch)]}"#, is: "422 body.values value_error")
            try await api.expect(.put, Self.path, #"{"values":[\#(list)]}"#, is: "204")
            try await api.expect(.put, Self.path, #"{"values":[\#(list)]}"#, is: "204")
            let other = "/context_features/tenant/values"
            try await api.expect(
                .put, other, #"{"values":[\#(list)]}"#,
                is: "409 no more than 3000 bytes can be stored (HEKSHER_MAX_STORED_BYTES)")
            try await api.expect(.put, Self.path, #"{"values":null}"#, is: "204")
            try await api.expect(.put, other, #"{"values":[\#(list)]}"#, is: "204")
        }
    }
}
