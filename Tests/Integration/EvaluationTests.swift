import ContractRuntime
import Foundation
import HTTPRepresentation
import HeksherAPI
import Testing

@testable import HeksherServer

@Suite struct EvaluationTests {
    /// Three settings, one with an alias, and four rules.
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["environment", "tenant", "user"]) { api in
            try await api.declare("a.size", features: ["environment", "tenant", "user"], default: 10)
            try await api.addRule("a.size", ["tenant": "acme"], 20)
            try await api.addRule("a.size", ["environment": "prod"], 30)
            try await api.addRule("a.size", ["environment": "prod", "user": "ann@example.com"], 40)
            try await api.declare("b", features: ["tenant"], type: "str", default: "x")
            try await api.declare("old", features: ["tenant"], type: "float", default: 1.0)
            try await api.addRule("old", ["tenant": "Smith, Jones & Co"], JSONValue(JSONNumber("2.50")!))
            try await api.rename("old", to: "c-new")
            try await test(api)
        }
    }

    @Test("Values and rules of the settings in the request, in its order, each once, under their names")
    func evaluate() async throws {
        try await Self.with { api in
            let path = "/evaluate?settings=old,a.size,c-new,b&context="
            for (context, expected) in [
                (
                    "tenant:acme",
                    #""c-new":{"value":1.0,"rule_id":null},"a.size":{"value":20,"rule_id":1},"b":{"value":"x","rule_id":null}"#
                ),
                (
                    "tenant:acme,environment:prod",
                    #""c-new":{"value":1.0,"rule_id":null},"a.size":{"value":20,"rule_id":1},"b":{"value":"x","rule_id":null}"#
                ),
                (
                    "environment:prod,user:%22ann@example.com%22,tenant:acme",
                    #""c-new":{"value":1.0,"rule_id":null},"a.size":{"value":40,"rule_id":3},"b":{"value":"x","rule_id":null}"#
                ),
                (
                    "tenant:%22Smith,%20Jones%20%26%20Co%22",
                    #""c-new":{"value":2.50,"rule_id":4},"a.size":{"value":10,"rule_id":null},"b":{"value":"x","rule_id":null}"#
                ),
                (
                    "",
                    #""c-new":{"value":1.0,"rule_id":null},"a.size":{"value":10,"rule_id":null},"b":{"value":"x","rule_id":null}"#
                ),
            ] {
                // Twice, so that the second response is the stored one.
                for _ in 0..<2 {
                    #expect(
                        try await api.ask(.get, path + context) == #"200 {"settings":{\#(expected)}}"#, "\(context)")
                }
            }
            #expect(try await api.ask(.get, "/evaluate?settings=") == #"200 {"settings":{}}"#)
            // Some generated clients repeat the parameter.
            let joined = try await api.ask(.get, "/evaluate?settings=b,old&context=tenant:acme")
            for repeated in [
                "settings=b&context=tenant:acme&settings=old,b", "settings=b&settings=old&context=tenant:acme",
            ] {
                #expect(try await api.ask(.get, "/evaluate?\(repeated)") == joined)
            }
            let all = try await api.client.evaluateSettings(context: "tenant:acme").ok.body.settings
            #expect(all.keys == ["a.size", "b", "c-new"] && all["a.size"] == .init(value: 20, ruleId: 1))
            #expect(
                try await api.ask(.get, "/evaluate?settings=b,none,nope")
                    == "404 the settings ['none', 'nope'] do not exist")
        }
    }

    @Test(
        "A condition on a feature that the context lacks does not match; an unknown feature is ignored, and one given twice refused"
    )
    func contexts() async throws {
        try await Self.with { api in
            #expect(
                try await api.ask(.get, "/evaluate?settings=a.size&context=user:%22ann@example.com%22").contains(
                    #""value":10,"#))
            #expect(
                try await api.ask(.get, "/evaluate?settings=a.size&context=tennant:acme,tenant:acme").contains(
                    #""value":20,"#))
            for path in ["/evaluate?context=", "/explain?setting=b&context="] {
                for context in ["tenant:acme,tenant:acme", "none:a,none:b"] {
                    let name = context.prefix { $0 != ":" }
                    #expect(try await api.ask(.get, path + context) == "400 context names ['\(name)'] more than once")
                }
                for malformed in [
                    "tenant", "tenant:*", "tenant:", "tenant:(a)", ",", "tenant:a,", "te-nant:a", "tenant:%22a",
                    "tenant:%C2%80",
                ] {
                    try await api.expect(.get, path + malformed, is: "422 query.context value_error.str.regex")
                }
            }
            let long = String(repeating: "a", count: 100_000)
            try await api.expect(.get, "/evaluate?context=user:\(long)", is: "422 query.context value_error.str.regex")
        }
    }

    @Test("A text that cannot be parsed is refused with the offset of the character, and all problems are listed")
    func offsets() async throws {
        try await Self.with { api in
            for (path, message, offset) in [
                ("/evaluate?context=user:%C3%A9,tenant:*", "a value '*' must be in quotation marks", 14),
                ("/explain?setting=b&context=user", "expecting ':'", 4),
                ("/query?context_filters=user:(%C3%A9,b", "expecting ',' or ')'", 9),
                (
                    "/rules/search?setting=b&feature_values=user:%22%C3%A9%5Cn%22", "a value has no control characters",
                    7
                ),
            ] {
                let response = try await api.send(.get, path)
                let text =
                    #""msg":"\#(message.replacing("\"", with: "\\\"")) (offset \#(offset))","type":"value_error.str.regex","ctx":{"pos":\#(offset),"#
                #expect(response.status == 422 && response.text.contains(text), "\(response.text)")
            }
            for (path, problems) in [
                (
                    "/query?settings=a%20b&context_filters=x&include_metadata=maybe",
                    "query.settings.0 value_error.str.regex, query.include_metadata type_error.bool, query.context_filters value_error.str.regex"
                ),
                (
                    "/evaluate?settings=a%20b&context=x",
                    "query.settings.0 value_error.str.regex, query.context value_error.str.regex"
                ),
                ("/explain?context=x", "query.setting value_error.missing, query.context value_error.str.regex"),
                (
                    "/rules/search?feature_values=x",
                    "query.setting value_error.missing, query.feature_values value_error.str.regex"
                ),
            ] {
                try await api.expect(.get, path, is: "422 \(problems)")
            }
        }
    }

    @Test("A response has a strong entity tag, which depends only on its body")
    func tags() async throws {
        try await Self.with { api in
            let path = "/evaluate?settings=a.size&context=tenant:acme"
            let response = try await api.send(.get, path)
            let tag = try #require(response.headerFields[.eTag])
            #expect(
                response.headerFields[.cacheControl] == "no-cache" && response.headerFields[.vary] == "Accept-Encoding")
            #expect(try await api.send(.get, path + ",user:bob").headerFields[.eTag] == tag)
            for condition in [tag, "W/\(tag)", "*", "\"x\", \(tag)"] {
                let match = try await api.send(.get, path, headers: [("If-None-Match", condition)])
                #expect(match.summary == "304" && match.headerFields[.eTag] == tag)
            }
            #expect(try await api.send(.get, path, headers: [("If-None-Match", "\"x\"")]).body == response.body)
            try await api.client.changeRuleValue(ruleId: 1, body: .init(value: 21)).noContent()
            #expect(try await api.send(.get, path, headers: [("If-None-Match", tag)]).text.contains("21"))
            let head = try await api.send(.head, path)
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    @Test("A long response is compressed for clients that accept that")
    func compression() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let text = JSONValue(String(repeating: "text ", count: 1000))
            try await api.declare("long", type: "str", default: text)
            for path in ["/evaluate", "/explain?setting=long"] {
                let plain = try await api.send(.get, path)
                let compressed = try await api.send(.get, path, headers: [("Accept-Encoding", "gzip")])
                #expect(
                    compressed.headerFields[.contentEncoding] == "gzip" && compressed.body.count < plain.body.count / 10
                )
                #expect(Gzip.decompress(compressed.body) == plain.body)
                let tag = try #require(compressed.headerFields[.eTag])
                #expect(tag != plain.headerFields[.eTag])
                let headers = [("Accept-Encoding", "gzip"), ("If-None-Match", tag)]
                #expect(try await api.send(.get, path, headers: headers).summary == "304")
            }
        }
    }

    @Test("Changes by the API and by SQL are visible at once, also another order of the context features")
    func current() async throws {
        try await Self.with { api in
            let path = "/evaluate?settings=a.size&context=tenant:acme,environment:prod"
            func expect(_ value: Int, at location: SourceLocation = #_sourceLocation) async throws {
                for _ in 0..<2 {
                    #expect(try await api.ask(.get, path).contains(#""value":\#(value),"#), sourceLocation: location)
                }
            }
            try await expect(20)
            try await api.sql("UPDATE rules SET value = '77' WHERE id = 1")
            try await expect(77)
            _ = try await api.ask(.patch, "/context_features/environment/index", #"{"to_after":"user"}"#)
            try await expect(30)
            try await api.sql("DELETE FROM rules WHERE id = 2")
            try await expect(77)
            _ = try await api.ask(.delete, "/rules/1")
            try await expect(10)
            try await api.addRule("a.size", ["tenant": "acme"], 5)
            try await expect(5)
            try await api.sql("INSERT INTO context_features VALUES ('new', 99)")
            try await expect(5)
        }
    }

    @Test("Evaluations are answered from memory, on the connection")
    func memory() async throws {
        try await Self.with { api in
            try await api.expectFromMemory("/api/v1/evaluate?context=tenant:acme")
            try await api.expectFromMemory("/api/v1/evaluate?settings=a.size&context=tenant:acme")
            try await api.expectFromMemory("/api/v1/explain?setting=a.size&context=tenant:acme")
        }
    }

    @Test("An explanation lists the winner, the rules that it beats by priority, and the others by ID")
    func explain() async throws {
        try await Self.with { api in
            let id = try await api.addRule("a.size", ["tenant": "globex", "user": "bob"], 50)
            try await api.client.replaceRuleMetadata(ruleId: 2, body: .init(metadata: ["ticket": "X-1"])).noContent()
            let text = try await api.ask(
                .get, "/explain?setting=a.size&context=tennant:acme,tenant:acme,environment:prod,user:eve")
            #expect(
                text == """
                    200 {"setting":"a.size","type":"int","default_value":10,"value":20,"rule_id":1,\
                    "unknown_context_features":["tennant"],"rules":[\
                    {"rule_id":1,"value":20,"metadata":{},"context_features":[["tenant","acme"]],"outcome":"wins","loses_to":null,"mismatches":[]},\
                    {"rule_id":2,"value":30,"metadata":{"ticket":"X-1"},"context_features":[["environment","prod"]],"outcome":"loses","loses_to":1,"mismatches":[]},\
                    {"rule_id":3,"value":40,"metadata":{},"context_features":[["environment","prod"],["user","ann@example.com"]],"outcome":"does_not_match","loses_to":null,\
                    "mismatches":[{"context_feature":"user","wanted":"ann@example.com","given":"eve"}]},\
                    {"rule_id":\(id),"value":50,"metadata":{},"context_features":[["tenant","globex"],["user","bob"]],"outcome":"does_not_match","loses_to":null,\
                    "mismatches":[{"context_feature":"tenant","wanted":"globex","given":"acme"},{"context_feature":"user","wanted":"bob","given":"eve"}]}]}
                    """)
            let nothing = try await api.client.explainSetting(setting: "old").ok.body
            #expect(
                nothing.setting == "c-new" && nothing.value == 1.0 && nothing.ruleId == nil && nothing.type == "float")
            #expect(nothing.rules.map(\.outcome) == [.doesNotMatch])
            #expect(
                nothing.rules[0].mismatches == [
                    .init(contextFeature: "tenant", wanted: "Smith, Jones & Co", given: nil)
                ])
            #expect(try await api.ask(.get, "/explain?setting=nope") == "404 the setting nope does not exist")
            // From the tables, the response is the same.
            try await api.sql("ALTER TABLE rules DISABLE TRIGGER ALL")
            try await Task.sleep(for: .seconds(1))
            #expect(
                try await api.ask(
                    .get, "/explain?setting=a.size&context=tennant:acme,tenant:acme,environment:prod,user:eve") == text)
        }
    }

    @Test("A setting that cannot be read is missing in an evaluation of all, and 503 otherwise")
    func unreadable() async throws {
        try await Self.with { api in
            try await api.sql("UPDATE rules SET value = 'no JSON' WHERE id = 1")
            #expect(try await api.client.evaluateSettings().ok.body.settings.keys == ["b", "c-new"])
            for path in ["/evaluate?settings=a.size", "/explain?setting=a.size"] {
                let response = try await api.send(.get, path)
                #expect(
                    response.status == 503
                        && response.text.hasPrefix("the setting a.size cannot be read: the value of rule 1 is not JSON")
                )
            }
            // The value needs no type. The explanation does.
            try await api.sql(
                "UPDATE rules SET value = '1' WHERE id = 1; UPDATE settings SET type = 'no type' WHERE name = 'a.size'")
            #expect(try await api.ask(.get, "/evaluate?settings=a.size").hasPrefix("200"))
            #expect(
                try await api.ask(.get, "/explain?setting=a.size").hasPrefix(
                    "503 the setting a.size cannot be read: its type"))
        }
    }
}
