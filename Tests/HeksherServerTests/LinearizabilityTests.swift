import Testing

/// Two writers at once end as if one came after the other: the same two answers, and the same state.
@Suite(.serialized) struct LinearizabilityTests {
    /// A request about things whose names begin with `$`, which stands for another prefix in each trial.
    struct Step: Sendable {
        var method: String
        var path: String
        var body: String?

        init(_ method: String, _ path: String, _ body: String? = nil) {
            (self.method, self.path, self.body) = (method, path, body)
        }
    }

    struct Pair: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var before: [Step]
        var first: Step
        var second: Step
    }

    private static func declare(_ name: String, _ attributes: String = "") -> Step {
        let parts =
            [#""name":"\#(name)""#, #""type":"int""#, #""default_value":0"#] + (attributes.isEmpty ? [] : [attributes])
        let features = attributes.contains("configurable_features") ? [] : [#""configurable_features":["$f"]"#]
        return Step("POST", "/settings/declare", "{\((parts + features).joined(separator: ","))}")
    }

    private static func rule(_ setting: String, feature: String = "$f", value: String = "1") -> Step {
        Step(
            "POST", "/rules",
            #"{"setting":"\#(setting)","feature_values":{"\#(feature)":"x"},"value":\#(value)}"#)
    }

    private static func rename(_ name: String, _ newName: String, _ version: String) -> Step {
        Step("PUT", "/settings/\(name)/name", #"{"name":"\#(newName)","version":"\#(version)"}"#)
    }

    private static let both = #""configurable_features":["$f","$g"]"#

    static let pairs = [
        Pair(
            testDescription: "declare and declare another default", before: [],
            first: declare("$a"), second: declare("$a", #""metadata":{"k":1}"#)),
        Pair(
            testDescription: "two upgrades", before: [declare("$a")],
            first: declare("$a", #""metadata":{"k":1},"version":"1.1""#),
            second: declare("$a", #""metadata":{"k":2},"version":"1.2""#)),
        Pair(
            testDescription: "an upgrade that renames, and one that does not", before: [declare("$a")],
            first: declare("$b", #""alias":"$a","version":"1.1""#),
            second: declare("$a", #""metadata":{"k":2},"version":"1.2""#)),
        Pair(
            testDescription: "two upgrades that rename", before: [declare("$a")],
            first: declare("$b", #""alias":"$a","version":"1.1""#),
            second: declare("$c", #""alias":"$a","version":"1.2""#)),
        Pair(
            testDescription: "declare and add a rule", before: [], first: declare("$a"), second: rule("$a")),
        Pair(
            testDescription: "an upgrade without a feature, and a rule about it", before: [declare("$a", both)],
            first: declare("$a", #""configurable_features":["$g"],"version":"1.1""#), second: rule("$a")),
        Pair(
            testDescription: "another type, and a rule that does not fit it", before: [declare("$a")],
            first: Step("PUT", "/settings/$a/type", #"{"type":"Enum[0,2]","version":"2.0"}"#), second: rule("$a")),
        Pair(
            testDescription: "other features, and a rule about one that goes", before: [declare("$a", both)],
            first: Step(
                "PUT", "/settings/$a/configurable_features", #"{"configurable_features":["$g"],"version":"1.1"}"#),
            second: rule("$a")),
        Pair(
            testDescription: "two renames of one setting", before: [declare("$a")],
            first: rename("$a", "$b", "1.1"), second: rename("$a", "$c", "1.2")),
        Pair(
            testDescription: "two settings renamed to one name", before: [declare("$a"), declare("$b")],
            first: rename("$a", "$c", "1.1"), second: rename("$b", "$c", "1.1")),
        Pair(
            testDescription: "a setting renamed, and another declared by that name", before: [declare("$a")],
            first: rename("$a", "$b", "1.1"), second: declare("$b")),
        Pair(
            testDescription: "two settings that swap names", before: [declare("$a"), declare("$b")],
            first: rename("$a", "$b", "1.1"), second: rename("$b", "$a", "1.1")),
        Pair(
            testDescription: "delete and add a rule", before: [declare("$a")],
            first: Step("DELETE", "/settings/$a"), second: rule("$a")),
        Pair(
            testDescription: "a rename, and a newer declaration under the old name", before: [declare("$a")],
            first: rename("$a", "$b", "1.1"), second: declare("$a", #""metadata":{"k":1},"version":"1.2""#)),
        Pair(
            testDescription: "delete and upgrade", before: [declare("$a")],
            first: Step("DELETE", "/settings/$a"), second: declare("$a", #""metadata":{"k":1},"version":"1.1""#)),
        Pair(
            testDescription: "delete and rename", before: [declare("$a")],
            first: Step("DELETE", "/settings/$a"), second: rename("$a", "$b", "1.1")),
        Pair(
            testDescription: "two rules with the same conditions", before: [declare("$a")],
            first: rule("$a"), second: rule("$a", value: "2")),
        Pair(
            testDescription: "a feature deleted, and a setting declared by it", before: [],
            first: Step("DELETE", "/context_features/$f"), second: declare("$a")),
        Pair(
            testDescription: "a feature deleted, and a setting that becomes configurable by it",
            before: [declare("$a", #""configurable_features":["$g"]"#)],
            first: Step("DELETE", "/context_features/$f"),
            second: Step(
                "PUT", "/settings/$a/configurable_features", #"{"configurable_features":["$f","$g"],"version":"2.0"}"#)
        ),
        Pair(
            testDescription: "a feature deleted, and another moved after it", before: [],
            first: Step("DELETE", "/context_features/$f"),
            second: Step("PATCH", "/context_features/$g/index", #"{"to_after":"$f"}"#)),
        Pair(
            testDescription: "two features moved", before: [],
            first: Step("PATCH", "/context_features/$f/index", #"{"to_after":"$h"}"#),
            second: Step("PATCH", "/context_features/$h/index", #"{"to_before":"$f"}"#)),
        Pair(
            testDescription: "metadata merged twice", before: [declare("$a")],
            first: Step("POST", "/settings/$a/metadata", #"{"metadata":{"x":1},"version":"1.1"}"#),
            second: Step("PUT", "/settings/$a/metadata/y", #"{"value":2,"version":"1.2"}"#)),
    ]

    @Test("Two writers at once end as if one came after the other", arguments: pairs)
    func pair(_ pair: Pair) async throws {
        try await ServiceUnderTest.with(poolSize: 4) { api in
            let trial = Trial(api: api, pair: pair)
            let allowed = [try await trial.run("zAz", .firstThenSecond), try await trial.run("zBz", .secondThenFirst)]
            for number in 0..<12 {
                let seen = try await trial.run("z\(number)z", .together)
                #expect(allowed.contains(seen), "\(seen) is none of \(allowed)")
            }
        }
    }

    private struct Trial {
        enum Order { case firstThenSecond, secondThenFirst, together }

        var api: ServiceUnderTest
        var pair: Pair

        /// What both are answered, and what is there in the end, with the prefix and the ids of rules taken out.
        func run(_ prefix: String, _ order: Order) async throws -> [String] {
            for feature in ["$f", "$g", "$h"] {
                _ = try await send(Step("POST", "/context_features", #"{"context_feature":"\#(feature)"}"#), prefix)
            }
            for step in pair.before { _ = try await send(step, prefix) }
            let answers: [String]
            switch order {
            case .firstThenSecond: answers = [try await send(pair.first, prefix), try await send(pair.second, prefix)]
            case .secondThenFirst:
                answers = [try await send(pair.second, prefix), try await send(pair.first, prefix)].reversed()
            case .together:
                async let first = send(pair.first, prefix)
                async let second = send(pair.second, prefix)
                answers = [try await first, try await second]
            }
            var state: [String] = []
            for path in ["/settings?include_additional_data=true", "/query?include_metadata=true", "/context_features"]
            {
                state.append(try await send(Step("GET", path), prefix))
            }
            // The next trial begins with nothing.
            for name in ["$a", "$b", "$c"] { _ = try await send(Step("DELETE", "/settings/\(name)"), prefix) }
            for feature in ["$f", "$g", "$h"] {
                _ = try await send(Step("DELETE", "/context_features/\(feature)"), prefix)
            }
            return answers + state
        }

        private func send(_ step: Step, _ prefix: String) async throws -> String {
            let answer = try await api.send(
                .init(rawValue: step.method) ?? .get, step.path.replacing("$", with: prefix),
                step.body?.replacing("$", with: prefix))
            return answer.summary.replacing(prefix, with: "$")
                .replacing(/("rule_id":|rule |rules \[)\d+/) { "\($0.1)N" }
        }
    }
}
