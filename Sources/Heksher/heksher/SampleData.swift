import HeksherDomain
import HeksherStore
import ContractJSON

/// The data that `heksher dev --sample` loads: the settings of a web shop with several tenants.
enum SampleData {
    private struct Sample {
        var name: String
        var type: String
        var defaultValue: String
        var features: [String]
        var description: String
        /// Conditions, and a value in JSON.
        var rules: [([(String, String)], String)]
    }

    private static let features = ["environment", "tenant", "user"]

    private static let samples = [
        Sample(
            name: "checkout.payment_methods", type: #"Flags["card","invoice","transfer","voucher"]"#,
            defaultValue: #"["card"]"#, features: ["environment", "tenant"],
            description: "The payment methods that buyers can choose.",
            rules: [
                ([("tenant", "acme")], #"["card","invoice"]"#),
                ([("environment", "staging"), ("tenant", "acme")], #"["card","invoice","voucher"]"#),
                ([("tenant", "globex")], #"["card","transfer"]"#),
            ]),
        Sample(
            name: "limits.requests_per_minute", type: "Mapping<int>", defaultValue: #"{"read":600,"write":60}"#,
            features: ["tenant", "user"],
            description: "The number of requests of each kind that one client may send in a minute.",
            rules: [
                ([("tenant", "globex")], #"{"read":6000,"write":600}"#),
                ([("tenant", "globex"), ("user", "importer")], #"{"read":6000,"write":6000}"#),
            ]),
        Sample(
            name: "mail.retry_delays", type: "Sequence<float>", defaultValue: "[1.0,10.0,60.0]",
            features: ["environment"], description: "The delay before each retry, in seconds.",
            rules: [([("environment", "testing")], "[0.01]")]),
        Sample(
            name: "search.results_per_page", type: "int", defaultValue: "20", features: features,
            description: "The number of results on a page of the search.",
            rules: [([("tenant", "acme")], "50"), ([("tenant", "acme"), ("user", "auditor")], "500")]),
        Sample(
            name: "ui.theme", type: #"Enum["dark","light","system"]"#, defaultValue: #""system""#,
            features: ["tenant", "user"], description: "The colours of the user interface.",
            rules: [([("tenant", "globex")], #""dark""#)]),
    ]

    /// Adds the data that do not exist yet.
    static func load(into store: Store) async throws {
        for feature in features { _ = try await store.addContextFeature(feature) }
        for sample in samples {
            let metadata = Metadata([(key: "description", value: JSONValue(sample.description))])
            let declaration = Declaration(
                name: sample.name, configurableFeatures: sample.features, type: try SettingType(parsing: sample.type),
                defaultValue: try JSONValue(parsing: sample.defaultValue), metadata: metadata, alias: nil,
                version: .initial)
            _ = try await store.declare(declaration)
            for (conditions, value) in sample.rules {
                _ = try await store.addRule(
                    to: sample.name, conditions: conditions.map { Condition(feature: $0.0, value: $0.1) },
                    value: try JSONValue(parsing: value), metadata: [:])
            }
        }
    }
}
