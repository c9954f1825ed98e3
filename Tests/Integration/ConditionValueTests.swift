import ContractRuntime
import Foundation
import HeksherAPI
import Testing

@testable import HeksherServer

/// Names of settings with hyphens, and conditions with values of any characters.
@Suite struct ConditionValueTests {
    private static let values = [
        "us-east-1", "ann@example.com", "550e8400-e29b-41d4-a716-446655440000", "Müller & Söhne", "*", "a,b", "(",
        "\"quoted\"", "back\\slash",
        " space ", "\u{E9}", "e\u{301}", "😀", "a:b=c", "%41+1", String(repeating: "ü", count: 512), "\u{2028}", "'; --",
        // As characters, a quotation mark and a backslash are parts of longer ones here.
        "\"\u{301}\\\u{301}",
    ]

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// A value as a JSON string.
    private static func quoted(_ value: String) -> String {
        "\"" + value.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }

    @Test("A rule can have any value, and is found, queried, evaluated and explained by its bytes")
    func values() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a-b.c")
            var ids: [Int] = []
            for (index, value) in Self.values.enumerated() {
                ids.append(try await api.addRule("a-b.c", ["theme": value], JSONValue(index)))
            }
            for (index, value) in Self.values.enumerated() {
                let text = Self.encoded(Self.quoted(value))
                #expect(try await api.client.getRule(ruleId: ids[index]).ok.body.featureValues == [["theme", value]])
                try await api.expect(
                    .get, "/rules/search?setting=a-b.c&feature_values=theme:\(text)",
                    is: #"200 {"rule_id":\#(ids[index])}"#)
                let query = try await api.client.queryRules(
                    settings: ["a-b.c"], contextFilters: "theme:(\(Self.quoted(value)))"
                ).ok.body
                #expect(query.settings["a-b.c"]?.rules.map(\.ruleId) == [ids[index]], "\(value)")
                #expect(
                    query.settings["a-b.c"]?.rules.first?.contextFeatures.first?.last?.utf8.elementsEqual(value.utf8)
                        == true)
                let evaluation = try await api.client.evaluateSettings(context: "theme:\(Self.quoted(value))").ok.body
                #expect(evaluation.settings["a-b.c"] == .init(value: JSONValue(index), ruleId: ids[index]), "\(value)")
                let explanation = try await api.client.explainSetting(
                    setting: "a-b.c", context: "theme:\(Self.quoted(value))"
                ).ok.body
                #expect(
                    explanation.ruleId == ids[index] && explanation.rules.count { $0.outcome != .doesNotMatch } == 1)
            }
            // Two values in one filter, one of them bare.
            let both = try await api.client.queryRules(contextFilters: #"theme:(us-east-1,"a,b")"#).ok.body
            #expect(both.settings["a-b.c"]?.rules.map(\.ruleId) == [ids[0], ids[5]])
            // Values that differ only in how their characters are composed.
            let composed = try await api.client.queryRules(contextFilters: "theme:(\u{E9},e\u{301})").ok.body
            #expect(composed.settings["a-b.c"]?.rules.map(\.ruleId) == [ids[10], ids[11]])
            let everything = try await api.client.queryRules(contextFilters: "theme:*").ok.body
            #expect(everything.settings["a-b.c"]?.rules.count == Self.values.count)
            let again = try await api.client.addRule(
                body: .init(setting: "a-b.c", featureValues: ["theme": "us-east-1"], value: 1))
            #expect(again == .conflict(.plainText("rule \(ids[0]) has the same conditions")))
            // The same from the tables.
            let targets = Self.values.map { "/api/v1/query?context_filters=theme:(\(Self.encoded(Self.quoted($0))))" }
            let answers = try await targets.asyncMap { try await api.send(.get, "/\($0)").body }
            for (target, answer) in zip(targets, answers) {
                #expect(try await api.answerOfTables(target).body == answer)
            }
        }
    }

    @Test(
        "A value that is empty, too long, or has a control character is refused",
        arguments: [
            ("", "value_error.str.regex"), ("\\u0000", "value_error.str.regex"), ("a\\n", "value_error.str.regex"),
            ("\\u007f", "value_error.str.regex"), ("\\u009f", "value_error.str.regex"),
            (String(repeating: "a", count: 513), "value_error"),
            (String(repeating: "😀", count: 513), "value_error"),
        ])
    func refused(value: String, type: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.expect(
                .post, "/rules", #"{"setting":"a","feature_values":{"theme":"\#(value)"},"value":1}"#,
                is: "422 body.feature_values.theme \(type)")
        }
    }

    @Test("A lone surrogate is not JSON")
    func surrogate() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.expect(
                .post, "/rules", #"{"setting":"a","feature_values":{"theme":"\ud800"},"value":1}"#,
                is: "422 body value_error.jsondecode")
        }
    }

    @Test("Names of settings can have hyphens, also as aliases; names of context features cannot")
    func names() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            _ = try await api.declare("-a-b-").ok
            try await api.rename("-a-b-", to: "new-name")
            #expect(try await api.client.getSetting(name: "-a-b-").ok.body.name == "new-name")
            #expect(try await api.client.queryRules(settings: ["-a-b-"]).ok.body.settings.keys == ["new-name"])
            try await api.expect(
                .post, "/context_features", #"{"context_feature":"a-b"}"#,
                is: "422 body.context_feature value_error.str.regex")
            try await api.expect(
                .get, "/query?context_filters=a-b:*", is: "422 query.context_filters value_error.str.regex")
        }
    }

    @Test("Texts that the service accepted before keep their meaning, also with values that only SQL can store")
    func stored() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let id = try await api.addRule("a", ["theme": "dark"], 1)
            // A value that no client can store.
            try await api.sql(
                "INSERT INTO rules VALUES (1000, 'a', '2'); INSERT INTO conditions VALUES (1000, 'theme', E'a\\tb')")
            let rules = try await api.client.queryRules().ok.body.settings["a"]?.rules ?? []
            #expect(rules.map(\.ruleId) == [id, 1000] && rules.last?.contextFeatures == [["theme", "a\tb"]])
            #expect(
                try await api.client.queryRules(contextFilters: "theme:(dark)").ok.body.settings["a"]?.rules.count == 1)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
