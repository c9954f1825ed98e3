import ContractAsyncHTTPClient
import ContractRuntime
import HeksherAPI
import HeksherClient
import Testing

/// Two concurrent writers get the same statuses, and leave the same state, as if one had run after the other.
@Suite(.serialized) struct LinearizabilityTests {
    typealias Step = @Sendable (Client) async throws -> APIResponse

    struct Pair: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var before: [Step]
        var first: Step
        var second: Step

        init(_ description: String, before: Step..., first: @escaping Step, second: @escaping Step) {
            (testDescription, self.before, self.first, self.second) = (description, before, first, second)
        }
    }

    /// Sends requests with names that begin with `$`, and replaces it with a prefix for each trial.
    private struct Prefixing: ClientTransport {
        var transport: any ClientTransport
        var prefix: String

        func send(_ request: APIRequest) async throws -> APIResponse {
            var request = request
            request.path = request.path.replacing("%24", with: prefix)
            request.body = Array(String(decoding: request.body, as: UTF8.self).replacing("$", with: prefix).utf8)
            return try await transport.send(request)
        }
    }

    private static func declare(
        _ name: String, features: [String] = ["$f"], metadata: OrderedDictionary<String, JSONValue> = [:],
        alias: String? = nil, version: String = "1.0"
    ) -> Step {
        let declaration = Schemas.SettingDeclaration(
            name: name, configurableFeatures: features, type: "int", defaultValue: 0, metadata: metadata, alias: alias,
            version: version)
        return { try await $0.declareSetting(body: declaration).response() }
    }

    private static func addRule(value: JSONValue = 1) -> Step {
        { try await $0.addRule(body: .init(setting: "$a", featureValues: ["$f": "x"], value: value)).response() }
    }

    private static func rename(_ name: String, to newName: String, _ version: String) -> Step {
        { try await $0.renameSetting(name: name, body: .init(name: newName, version: version)).response() }
    }

    private static func changeFeatures(to features: [String], _ version: String) -> Step {
        let change = Schemas.ConfigurableFeaturesChange(configurableFeatures: features, version: version)
        return { try await $0.changeConfigurableFeatures(name: "$a", body: change).response() }
    }

    private static func delete(setting name: String) -> Step {
        { try await $0.deleteSetting(name: name).response() }
    }

    private static func delete(feature name: String) -> Step {
        { try await $0.deleteContextFeature(name: name).response() }
    }

    private static func move(_ feature: String, _ move: Schemas.ContextFeatureMove) -> Step {
        { try await $0.moveContextFeature(name: feature, body: move).response() }
    }

    static let pairs = [
        Pair(
            "declare and declare another default",
            first: declare("$a"), second: declare("$a", metadata: ["k": 1])),
        Pair(
            "two upgrades", before: declare("$a"),
            first: declare("$a", metadata: ["k": 1], version: "1.1"),
            second: declare("$a", metadata: ["k": 2], version: "1.2")),
        Pair(
            "an upgrade that renames, and one that does not", before: declare("$a"),
            first: declare("$b", alias: "$a", version: "1.1"),
            second: declare("$a", metadata: ["k": 2], version: "1.2")),
        Pair(
            "two upgrades that rename", before: declare("$a"),
            first: declare("$b", alias: "$a", version: "1.1"), second: declare("$c", alias: "$a", version: "1.2")),
        Pair("declare and add a rule", first: declare("$a"), second: addRule()),
        Pair(
            "an upgrade without a feature, and a rule about it", before: declare("$a", features: ["$f", "$g"]),
            first: declare("$a", features: ["$g"], version: "1.1"), second: addRule()),
        Pair(
            "another type, and a rule that does not fit it", before: declare("$a"),
            first: {
                try await $0.changeSettingType(name: "$a", body: .init(type: "Enum[0,2]", version: "2.0")).response()
            },
            second: addRule()),
        Pair(
            "other features, and a rule about one that goes", before: declare("$a", features: ["$f", "$g"]),
            first: changeFeatures(to: ["$g"], "1.1"), second: addRule()),
        Pair(
            "two renames of one setting", before: declare("$a"),
            first: rename("$a", to: "$b", "1.1"), second: rename("$a", to: "$c", "1.2")),
        Pair(
            "two settings renamed to one name", before: declare("$a"), declare("$b"),
            first: rename("$a", to: "$c", "1.1"), second: rename("$b", to: "$c", "1.1")),
        Pair(
            "a setting renamed, and another declared by that name", before: declare("$a"),
            first: rename("$a", to: "$b", "1.1"), second: declare("$b")),
        Pair(
            "two settings that swap names", before: declare("$a"), declare("$b"),
            first: rename("$a", to: "$b", "1.1"), second: rename("$b", to: "$a", "1.1")),
        Pair("delete and add a rule", before: declare("$a"), first: delete(setting: "$a"), second: addRule()),
        Pair(
            "a rename, and a newer declaration under the old name", before: declare("$a"),
            first: rename("$a", to: "$b", "1.1"), second: declare("$a", metadata: ["k": 1], version: "1.2")),
        Pair(
            "delete and upgrade", before: declare("$a"),
            first: delete(setting: "$a"), second: declare("$a", metadata: ["k": 1], version: "1.1")),
        Pair(
            "delete and rename", before: declare("$a"),
            first: delete(setting: "$a"), second: rename("$a", to: "$b", "1.1")),
        Pair(
            "two rules with the same conditions", before: declare("$a"),
            first: addRule(), second: addRule(value: 2)),
        Pair("a feature deleted, and a setting declared by it", first: delete(feature: "$f"), second: declare("$a")),
        Pair(
            "a feature deleted, and a setting that becomes configurable by it", before: declare("$a", features: ["$g"]),
            first: delete(feature: "$f"), second: changeFeatures(to: ["$f", "$g"], "2.0")),
        Pair(
            "a feature deleted, and another moved after it",
            first: delete(feature: "$f"), second: move("$g", .after("$f"))),
        Pair("two features moved", first: move("$f", .after("$h")), second: move("$h", .before("$f"))),
        Pair(
            "metadata merged twice", before: declare("$a"),
            first: {
                try await $0.mergeSettingMetadata(name: "$a", body: .init(metadata: ["x": 1], version: "1.1"))
                    .response()
            },
            second: {
                try await $0.setSettingMetadataKey(name: "$a", key: "y", body: .init(value: 2, version: "1.2"))
                    .response()
            }),
    ]

    @Test("Two concurrent writers get the same statuses as if one had run after the other", arguments: pairs)
    func pair(_ pair: Pair) async throws {
        try await ServiceUnderTest.with(poolSize: 4) { api in
            let trial = Trial(transport: api.transport, pair: pair)
            let allowed = [try await trial.run("zAz", .firstThenSecond), try await trial.run("zBz", .secondThenFirst)]
            for number in 0..<12 {
                let seen = try await trial.run("z\(number)z", .together)
                #expect(allowed.contains(seen), "\(seen) is not one of \(allowed)")
            }
        }
    }

    private struct Trial {
        enum Order { case firstThenSecond, secondThenFirst, together }

        var transport: AsyncHTTPClientTransport
        var pair: Pair

        /// Both responses and the final state, without the prefix and the ids of rules.
        func run(_ prefix: String, _ order: Order) async throws -> [String] {
            let client = Client(Prefixing(transport: transport, prefix: prefix))
            for feature in ["$f", "$g", "$h"] {
                try await client.addContextFeature(body: .init(contextFeature: feature)).noContent()
            }
            for step in pair.before { _ = try await step(client) }
            let answers: [APIResponse]
            switch order {
            case .firstThenSecond: answers = [try await pair.first(client), try await pair.second(client)]
            case .secondThenFirst: answers = [try await pair.second(client), try await pair.first(client)].reversed()
            case .together:
                async let first = pair.first(client)
                async let second = pair.second(client)
                answers = [try await first, try await second]
            }
            let state = [
                try await client.listSettings(includeAdditionalData: true).response(),
                try await client.queryRules(includeMetadata: true).response(),
                try await client.listContextFeatures().response(),
            ]
            // The next trial begins with an empty database.
            for name in ["$a", "$b", "$c"] { _ = try await client.deleteSetting(name: name) }
            for feature in ["$f", "$g", "$h"] { _ = try await client.deleteContextFeature(name: feature) }
            return (answers + state).map { answer in
                answer.summary.replacing(prefix, with: "$")
                    .replacing(/("rule_id":|rule |rules \[)\d+/) { "\($0.1)N" }
            }
        }
    }
}
