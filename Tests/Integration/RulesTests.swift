import ContractRuntime
import HeksherAPI
import Testing

@Suite struct RulesTests {
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["user", "trust", "theme"]) { api in
            try await api.declare("size", features: ["user", "theme"])
            try await test(api)
        }
    }

    @Test("A new rule is found at its Location")
    func add() async throws {
        try await Self.with { api in
            let rule = Schemas.RuleAddition(
                setting: "size", featureValues: ["theme": "dark", "user": "ann"], value: 5, metadata: ["k": [1.0]])
            #expect(
                try await api.client.addRule(body: rule)
                    == .created(
                        .json(.init(ruleId: 1)), headers: .init(cacheControl: "no-store", location: "/api/v1/rules/1")))
            try await api.expect(
                .get, "/rules/1",
                is: """
                    200 {"setting":"size","value":5,"feature_values":[["user","ann"],["theme","dark"]],\
                    "metadata":{"k":[1.0]}}
                    """)
        }
    }

    @Test("A rule added with an alias belongs to the setting")
    func alias() async throws {
        try await Self.with { api in
            try await api.rename("size", to: "measure")
            let id = try await api.addRule("size", ["theme": "dark"], 5)
            #expect(try await api.client.getRule(ruleId: id).ok.body.setting == "measure")
            let found = try await api.client.searchRules(setting: "size", featureValues: "theme:dark").ok
            #expect(found.ruleId == id)
        }
    }

    @Test("A rule with an unknown setting, a foreign feature or an invalid value is refused")
    func refused() async throws {
        try await Self.with { api in
            func add(_ setting: String, _ feature: String, _ value: JSONValue = 1) async throws -> AddRule.Output {
                try await api.client.addRule(
                    body: .init(setting: setting, featureValues: [feature: "a"], value: value))
            }
            let unknown = try await add("nope", "theme")
            #expect(unknown == .unprocessableContent(.plainText("the setting nope does not exist")))
            for feature in ["trust", "nope"] {
                let sentence = "the setting size is not configurable by ['\(feature)']"
                #expect(try await add("size", feature) == .badRequest(.plainText(sentence)))
            }
            for value: JSONValue in ["1", nil] {
                #expect(try await add("size", "theme", value).response().status == .badRequest)
            }
            #expect(try await api.client.queryRules().ok.body.settings["size"]?.rules == [])
        }
    }

    @Test(
        "An invalid rule is refused with the location of the problem",
        arguments: [
            ("feature_values", "{}", "body.feature_values value_error"),
            ("feature_values", "[]", "body.feature_values type_error.dict"),
            ("feature_values", #"{"theme":1}"#, "body.feature_values.theme type_error.string"),
            ("feature_values", #"{"theme":""}"#, "body.feature_values.theme value_error.str.regex"),
            ("feature_values", #"{"theme":"a\u0085"}"#, "body.feature_values.theme value_error.str.regex"),
            ("feature_values", #"{"a b":"a"}"#, "body.feature_values.a b value_error.str.regex"),
            ("metadata", #"{"a.b":1}"#, "body.metadata.a.b value_error.str.regex"),
            ("metadata", #"{"a":"\u0000"}"#, "body.metadata.a value_error"),
        ])
    func malformed(member: String, value: String, problem: String) async throws {
        try await Self.with { api in
            // Of a repeated member, the last one counts.
            let body = #"{"setting":"size","feature_values":{"theme":"a"},"value":1,"\#(member)":\#(value)}"#
            try await api.expect(.post, "/rules", body, is: "422 \(problem)")
            #expect(try await api.client.queryRules().ok.body.settings["size"]?.rules == [])
        }
    }

    @Test("All problems of a rule are reported together")
    func allProblems() async throws {
        try await Self.with { api in
            try await api.expect(
                .post, "/rules", #"{"setting":"a b","feature_values":{"theme":"a"}}"#,
                is: "422 body.setting value_error.str.regex, body.value value_error.missing")
        }
    }

    @Test("A second rule with the same conditions gets 409; a subset or superset of them is allowed")
    func sameConditions() async throws {
        try await Self.with { api in
            try await api.addRule("size", ["theme": "dark", "user": "ann"], 1)
            let same = try await api.client.addRule(
                body: .init(setting: "size", featureValues: ["user": "ann", "theme": "dark"], value: 2))
            #expect(same.response().status == .conflict)
            try await api.addRule("size", ["theme": "dark"], 1)
            try await api.addRule("size", ["user": "ann"], 1)
            try await api.addRule("size", ["user": "ann", "theme": "light"], 1)
            try await api.declare("weight")
            try await api.addRule("weight", ["theme": "dark"], 1)
        }
    }

    @Test(
        "An invalid rule id gets 422",
        arguments: ["99999999999999999999", "2147483648", "-1", "+1", "1.0", "x", "1%20", "0x1", "%00", "1e0"])
    func badID(id: String) async throws {
        try await Self.with { api in
            try await api.expect(.get, "/rules/\(id)/metadata", is: "422 *")
            try await api.expect(.delete, "/rules/\(id)", is: "422 *")
            try await api.expect(.put, "/rules/\(id)/value", #"{"value":1}"#, is: "422 *")
            try await api.expect(.patch, "/rules/\(id)", #"{"value":1}"#, is: "422 *")
            try await api.expect(.put, "/rules/\(id)/metadata/k", #"{"value":1}"#, is: "422 *")
            #expect(try await api.send(.get, "/rules/\(id)").summary.hasPrefix("422 path.rule_id "))
        }
    }

    @Test("Operations on an unknown rule get 404", arguments: [0, 1, 2_147_483_647])
    func unknown(id: Int) async throws {
        try await Self.with { api in
            let client = api.client
            let metadata = Schemas.MetadataDocument(metadata: ["k": 1])
            #expect(try await client.getRule(ruleId: id) == .notFound)
            #expect(try await client.deleteRule(ruleId: id) == .notFound)
            #expect(try await client.changeRuleValue(ruleId: id, body: .init(value: 1)) == .notFound)
            try await api.expect(.patch, "/rules/\(id)", #"{"value":1}"#, is: "404")
            #expect(try await client.getRuleMetadata(ruleId: id) == .notFound)
            #expect(try await client.mergeRuleMetadata(ruleId: id, body: metadata) == .notFound)
            #expect(try await client.replaceRuleMetadata(ruleId: id, body: metadata) == .notFound)
            #expect(try await client.clearRuleMetadata(ruleId: id) == .notFound)
            #expect(try await client.setRuleMetadataKey(ruleId: id, key: "k", body: .init(value: 1)) == .notFound)
            #expect(try await client.deleteRuleMetadataKey(ruleId: id, key: "k") == .notFound)
        }
    }

    @Test("A deleted rule is not found, and its id is not used again")
    func delete() async throws {
        try await Self.with { api in
            let id = try await api.addRule("size", ["theme": "dark"], 1)
            try await api.client.deleteRule(ruleId: id).noContent()
            #expect(try await api.client.getRule(ruleId: id) == .notFound)
            #expect(try await api.client.deleteRule(ruleId: id) == .notFound)
            #expect(try await api.addRule("size", ["theme": "dark"], 1) == id + 1)
        }
    }

    @Test("PUT and PATCH change a rule's value, and invalid values are refused")
    func changeValue() async throws {
        try await Self.with { api in
            let id = try await api.addRule("size", ["theme": "dark"], 1)
            try await api.client.changeRuleValue(ruleId: id, body: .init(value: 2)).noContent()
            #expect(try await api.client.getRule(ruleId: id).ok.body.value.text == "2")
            try await api.expect(.patch, "/rules/\(id)", #"{"value":3.0}"#, is: "204")
            #expect(try await api.client.getRule(ruleId: id).ok.body.value.text == "3.0")
            for value: JSONValue in [1.5, "1", nil, true, [1]] {
                let refused = try await api.client.changeRuleValue(ruleId: id, body: .init(value: value))
                #expect(refused.response().status == .badRequest)
                try await api.expect(.patch, "/rules/\(id)", #"{"value":\#(value)}"#, is: "400 *")
            }
            try await api.expect(.put, "/rules/\(id)/value", "{}", is: "422 body.value value_error.missing")
            try await api.expect(.put, "/rules/\(id)/value", #"{"value":1e400}"#, is: "422 body.value value_error")
        }
    }

    @Test("A rule is found only by all of its conditions")
    func search() async throws {
        try await Self.with { api in
            let both = try await api.addRule("size", ["theme": "dark", "user": "ann"], 1)
            let one = try await api.addRule("size", ["theme": "dark"], 1)
            func search(_ conditions: String..., of setting: String = "size") async throws -> SearchRules.Output {
                try await api.client.searchRules(setting: setting, featureValues: conditions.joined(separator: ","))
            }
            #expect(try await search("theme:dark", "user:ann").ok.ruleId == both)
            #expect(try await search("user:ann", "theme:dark").ok.ruleId == both)
            #expect(try await search("theme:dark").ok.ruleId == one)
            #expect(try await search("user:ann") == .notFound)
            #expect(try await search("theme:dark", "user:bob") == .notFound)
            #expect(try await search("nope:dark") == .notFound)
            #expect(try await search("theme:dark", of: "nope") == .notFound)
            let path = "/rules/search?setting=size&feature_values="
            for encoded in ["theme:dark,user:ann", "theme%3Adark%2Cuser%3Aann"] {
                try await api.expect(.get, path + encoded, is: #"200 {"rule_id":\#(both)}"#)
            }
            for malformed in [
                "", "theme", "theme:", ":dark", "theme:dark,", "theme:%20dark", "theme:(dark)", "%00:a", "theme:*",
            ] {
                try await api.expect(.get, path + malformed, is: "422 query.feature_values value_error.str.regex")
            }
            try await api.expect(
                .get, "/rules/search",
                is: "422 query.setting value_error.missing, query.feature_values value_error.missing")
            try await api.expect(
                .get, "/rules/search?setting=a%20b&feature_values=theme:dark",
                is: "422 query.setting value_error.str.regex")
        }
    }

    @Test("A rule's metadata are merged, replaced, cleared, and changed by key")
    func metadata() async throws {
        try await Self.with { api in
            let client = api.client
            let id = try await api.addRule("size", ["theme": "dark"], 1)
            func expect(
                _ metadata: OrderedDictionary<String, JSONValue>, at location: SourceLocation = #_sourceLocation
            ) async throws {
                let stored = try await client.getRuleMetadata(ruleId: id).ok.metadata
                #expect(stored == metadata, sourceLocation: location)
            }
            try await expect([:])
            try await client.mergeRuleMetadata(ruleId: id, body: .init(metadata: ["a": 1, "b": 2])).noContent()
            try await client.mergeRuleMetadata(ruleId: id, body: .init(metadata: ["b": 3])).noContent()
            try await expect(["a": 1, "b": 3])
            try await client.setRuleMetadataKey(ruleId: id, key: "c", body: .init(value: nil)).noContent()
            try await client.setRuleMetadataKey(ruleId: id, key: "a", body: .init(value: ["x": [true]])).noContent()
            try await expect(["a": ["x": [true]], "b": 3, "c": nil])
            try await client.deleteRuleMetadataKey(ruleId: id, key: "a").noContent()
            try await client.deleteRuleMetadataKey(ruleId: id, key: "nope").noContent()
            try await expect(["b": 3, "c": nil])
            try await client.replaceRuleMetadata(ruleId: id, body: .init(metadata: ["d": 0])).noContent()
            try await expect(["d": 0])
            try await client.clearRuleMetadata(ruleId: id).noContent()
            try await expect([:])
        }
    }

    @Test("Invalid metadata of a rule are refused with the location of the problem")
    func malformedMetadata() async throws {
        try await Self.with { api in
            try await api.addRule("size", ["theme": "dark"], 1)
            let path = "/rules/1/metadata"
            try await api.expect(.put, "\(path)/a%20b", #"{"value":1}"#, is: "422 path.key value_error.str.regex")
            try await api.expect(.delete, "\(path)/a.b", is: "422 path.key value_error.str.regex")
            try await api.expect(
                .post, path, #"{"metadata":{"a.b":1}}"#, is: "422 body.metadata.a.b value_error.str.regex")
            try await api.expect(.put, path, "{}", is: "422 body.metadata value_error.missing")
            try await api.expect(.put, "\(path)/x", #"{"value":"\u0000"}"#, is: "422 body.value value_error")
        }
    }
}
