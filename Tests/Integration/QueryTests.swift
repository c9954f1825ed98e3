import ContractRuntime
import Foundation
import HeksherAPI
import Testing

@Suite struct QueryTests {
    /// Two settings, one with an alias, and five rules.
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["user", "trust", "theme"]) { api in
            try await api.declare("size", features: ["theme", "user", "trust"])
            try await api.addRule("size", ["theme": "dark"], 1)
            try await api.addRule("size", ["theme": "light", "user": "ann"], 2)
            try await api.addRule("size", ["trust": "full"], 3)
            try await api.addRule("size", ["trust": "full", "user": "bob", "theme": "dark"], 4)
            try await api.declare("area", type: "float", default: 1.0)
            try await api.addRule("area", ["theme": "dark"], twoAndAHalf)
            try await api.rename("area", to: "zone")
            try await test(api)
        }
    }

    private static let rules: [Schemas.QueriedRule] = [
        .init(value: 1, contextFeatures: [["theme", "dark"]], ruleId: 1),
        .init(value: 2, contextFeatures: [["user", "ann"], ["theme", "light"]], ruleId: 2),
        .init(value: 3, contextFeatures: [["trust", "full"]], ruleId: 3),
        .init(value: 4, contextFeatures: [["user", "bob"], ["trust", "full"], ["theme", "dark"]], ruleId: 4),
    ]
    private static let size = Schemas.QueriedSetting(defaultValue: 0, rules: rules)
    private static let zone = Schemas.QueriedSetting(
        defaultValue: 1.0, rules: [.init(value: twoAndAHalf, contextFeatures: [["theme", "dark"]], ruleId: 5)])
    private static let twoAndAHalf = JSONValue(JSONNumber("2.50")!)

    @Test("Without parameters, a query returns everything, sorted by name, with values in their original text")
    func everything() async throws {
        try await Self.with { api in
            let everything = Schemas.QueryResult(settings: ["size": Self.size, "zone": Self.zone])
            #expect(try await api.client.queryRules().ok.body == everything)
            let text = try await api.send(.get, "/query").text
            #expect(text == String(decoding: everything.jsonBytes(), as: UTF8.self))
        }
    }

    @Test(
        "Settings are returned in the requested order, each once and under its name",
        arguments: [
            ([], []), (["size"], ["size"]), (["zone", "size"], ["zone", "size"]), (["area"], ["zone"]),
            (["zone", "area", "zone"], ["zone"]), (["size", "area", "size", "zone"], ["size", "zone"]),
        ])
    func settings(asked: [String], names: [String]) async throws {
        try await Self.with { api in
            let result = try await api.client.queryRules(settings: asked).ok.body
            #expect(result.settings.keys.elements == names)
            for (name, setting) in result.settings { #expect(setting == (name == "size" ? Self.size : Self.zone)) }
            let encoded = try await api.send(.get, "/query?settings=\(asked.joined(separator: "%2C"))").body
            #expect(encoded == result.jsonBytes())
        }
    }

    @Test("Unknown settings get 404 with their names, and invalid names get 422")
    func unknown() async throws {
        try await Self.with { api in
            let answer = try await api.client.queryRules(settings: ["size", "nope", "zone", "none"])
            guard case .notFound(.plainText(let text)) = answer else { return #expect(Bool(false), "\(answer)") }
            #expect(text.contains("nope") && text.contains("none"))
            try await api.expect(.get, "/query?settings=a%20b", is: "422 query.settings.0 value_error.str.regex")
            try await api.expect(.get, "/query?settings=size,,zone", is: "422 query.settings.1 value_error.str.regex")
        }
    }

    @Test(
        "A rule is returned if the filters admit all its conditions",
        arguments: [
            ("*", [1, 2, 3, 4]), ("", []), ("theme:*", [1]), ("theme:(dark)", [1]), ("theme:(light)", []),
            ("theme:(light,dark),user:*", [1, 2]), ("theme:(light),user:(ann,bob)", [2]),
            ("trust:*,user:*,theme:*", [1, 2, 3, 4]), ("trust:(full),user:(ann),theme:(dark,light)", [1, 2, 3]),
            ("trust:(none)", []), ("nope:*", []), ("nope:(a),theme:(dark)", [1]), ("Tenant_2:(a),theme:*", [1]),
        ])
    func filters(filter: String, ids: [Int]) async throws {
        try await Self.with { api in
            let expected = Schemas.QueriedSetting(defaultValue: 0, rules: ids.map { Self.rules[$0 - 1] })
            #expect(try await api.query(["size"], filters: filter) == ["size": expected])
            // Without percent-encoding.
            let plain = try await api.send(.get, "/query?settings=size&context_filters=\(filter)").body
            #expect(plain == Schemas.QueryResult(settings: ["size": expected]).jsonBytes())
        }
    }

    @Test(
        "A malformed filter is refused",
        arguments: [
            "theme", "theme:", "theme:dark", "theme:()", "theme:(dark", "theme:(dark,)", "theme:(,dark)", ",",
            "theme:*,", "theme:*user:*", "*,theme:*", "theme:(da(rk)", "th-eme:*", "theme:**", "**", "theme:(a)b",
            "%00", "theme:(%C2%80)", "theme:*%0A", "*%0A", "theme:(%20dark)", "theme:(dark+)", "theme:(*)",
            "theme:(%22dark)",
            "theme:(%22%22)",
        ])
    func malformedFilters(filter: String) async throws {
        try await Self.with { api in
            try await api.expect(
                .get, "/query?context_filters=\(filter)", is: "422 query.context_filters value_error.str.regex")
        }
    }

    @Test("A feature that is filtered twice is refused")
    func repeatedFeature() async throws {
        try await Self.with { api in
            let answer = try await api.client.queryRules(contextFilters: "theme:*,user:*,theme:(dark)")
            guard case .badRequest(.plainText(let text)) = answer else { return #expect(Bool(false), "\(answer)") }
            #expect(text.contains("theme"))
        }
    }

    @Test("A filter may name a feature with capitals and digits")
    func capitals() async throws {
        try await ServiceUnderTest.with(features: ["Tenant_2"]) { api in
            try await api.declare("a", features: ["Tenant_2"])
            try await api.addRule("a", ["Tenant_2": "Acme_1"], 1)
            let rule = Schemas.QueriedRule(value: 1, contextFeatures: [["Tenant_2", "Acme_1"]], ruleId: 1)
            for filter in ["Tenant_2:(Acme_1)", "Tenant_2:*", "Tenant_2:(x,Acme_1)"] {
                #expect(try await api.query(filters: filter) == ["a": .init(defaultValue: 0, rules: [rule])])
            }
        }
    }

    @Test("A rule without conditions, which only SQL can create, is always returned")
    func noConditions() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.sql("INSERT INTO rules (setting, value) VALUES ('a', '7')")
            let rule = Schemas.QueriedRule(value: 7, contextFeatures: [], ruleId: 1)
            for filter in ["*", "", "theme:(dark)"] {
                #expect(try await api.query(filters: filter) == ["a": .init(defaultValue: 0, rules: [rule])])
            }
        }
    }

    @Test("Metadata is returned only on request")
    func metadata() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.addRule("a", ["theme": "dark"], 1)
            try await api.client.replaceRuleMetadata(ruleId: 1, body: .init(metadata: ["k": 1])).noContent()
            var rule = Schemas.QueriedRule(value: 1, contextFeatures: [["theme", "dark"]], ruleId: 1)
            #expect(try await api.query() == ["a": .init(defaultValue: 0, rules: [rule])])
            let plain = try await api.send(.get, "/query").body
            #expect(try await api.send(.get, "/query?include_metadata=no").body == plain)
            rule.metadata = ["k": 1]
            #expect(try await api.query(includeMetadata: true) == ["a": .init(defaultValue: 0, rules: [rule])])
            try await api.expect(
                .get, "/query?include_metadata=x", is: "422 query.include_metadata type_error.bool")
        }
    }

    @Test("The entity tag depends on the body, and a match gets 304 without a body")
    func entityTags() async throws {
        try await Self.with { api in
            let answer = try await api.send(.get, "/query")
            let tag = try #require(answer.headerFields[.eTag])
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 10)
            #expect(try await api.client.queryRules().ok.headers.eTag == tag)
            #expect(try await api.client.queryRules(settings: ["size"]).ok.headers.eTag != tag)
            #expect(try await api.client.queryRules(settings: ["size", "zone"]).ok.headers.eTag == tag)
            let unchanged = try await api.client.queryRules(ifNoneMatch: tag)
            if case .notModified(let headers) = unchanged {
                #expect(headers.eTag == tag)
            } else {
                Issue.record("\(unchanged)")
            }
            for condition in [tag, "W/\(tag)", "*", "\"x\", \(tag)", "\"x\",W/\"y\" , \(tag),\"z\"", " \(tag) "] {
                let match = try await api.send(.get, "/query", headers: [("If-None-Match", condition)])
                #expect(match.summary == "304", "\(condition)")
                #expect(match.headerFields[.eTag] == tag)
            }
            for condition in ["\"x\"", "x", "", tag.replacing("\"", with: ""), "\"\(tag)\""] {
                let other = try await api.send(.get, "/query", headers: [("If-None-Match", condition)])
                #expect(other.status == 200, "\(condition)")
                #expect(other.body == answer.body)
            }
            try await api.client.changeRuleValue(ruleId: 1, body: .init(value: 9)).noContent()
            #expect(try await api.client.queryRules(ifNoneMatch: tag).ok.headers.eTag != tag)
            try await api.client.changeRuleValue(ruleId: 1, body: .init(value: 1)).noContent()
            #expect(try await api.client.queryRules().ok.headers.eTag == tag)
        }
    }

    @Test("A change by SQL is seen at once")
    func current() async throws {
        try await Self.with { api in
            try await api.sql("UPDATE rules SET value = '77' WHERE id = 1")
            #expect(try await api.query(["size"])["size"]?.rules.first?.value == 77)
            try await api.sql("DELETE FROM settings WHERE name = 'size'")
            #expect(try await api.query() == ["zone": Self.zone])
        }
    }
}

extension ServiceUnderTest {
    /// The settings that a query returns.
    fileprivate func query(
        _ settings: [String]? = nil, filters: String = "*", includeMetadata: Bool = false
    ) async throws -> OrderedDictionary<String, Schemas.QueriedSetting> {
        try await client.queryRules(
            settings: settings, contextFilters: filters, includeMetadata: includeMetadata
        ).ok.body.settings
    }
}
