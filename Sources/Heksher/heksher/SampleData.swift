import ContractJSON
import HeksherDomain
import HeksherStore

/// The data that `heksher dev --sample` loads: the settings of a web shop with several tenants.
///
/// They are the data of the contract's examples, so that a reader of the documentation pages can try each example.
enum SampleData {
    private struct Sample {
        var name: String
        var alias: String?
        var type: String
        var defaultValue: String
        var features: [String]
        var metadata: Metadata
    }

    private struct SampleRule {
        var setting: String
        var conditions: [Condition]
        /// A value in JSON.
        var value: String
        var metadata: Metadata = [:]
    }

    /// No setting is configurable by the last one.
    private static let features = ["environment", "tenant", "user", "device"]

    private static let settings = [
        Sample(
            name: "checkout.max_items", alias: "max_items", type: "int", defaultValue: "50",
            features: ["environment", "tenant"],
            metadata: texts(
                ("owner", "checkout-team"), ("description", "The number of items that a cart can have."))),
        Sample(
            name: "checkout.payment_methods", type: #"Flags["card","invoice","transfer","voucher"]"#,
            defaultValue: #"["card"]"#, features: ["environment", "tenant"],
            metadata: texts(("description", "The payment methods that buyers can choose."))),
        Sample(
            name: "checkout.theme", type: #"Enum["dark","light"]"#, defaultValue: #""light""#,
            features: ["tenant", "user"], metadata: texts(("description", "The colours of the checkout."))),
        Sample(
            name: "limits.requests_per_minute", type: "Mapping<int>", defaultValue: #"{"read":600,"write":60}"#,
            features: ["tenant", "user"],
            metadata: texts(
                ("description", "The number of requests of each kind that one client may send in a minute."))),
        Sample(
            name: "mail.retry_delays", type: "Sequence<float>", defaultValue: "[1.0,10.0,60.0]",
            features: ["environment"], metadata: texts(("description", "The delay before each retry, in seconds."))),
        Sample(
            name: "search.results_per_page", type: "int", defaultValue: "20",
            features: ["environment", "tenant", "user"],
            metadata: texts(("description", "The number of results on a page of the search."))),
    ]

    /// In the order of their IDs in a new database, which the contract's examples contain.
    private static let rules = [
        rule("checkout.max_items", [("tenant", "acme")], "200"),
        rule("checkout.payment_methods", [("tenant", "acme")], #"["card","invoice"]"#),
        rule(
            "checkout.payment_methods", [("environment", "staging"), ("tenant", "acme")],
            #"["card","invoice","voucher"]"#),
        rule("checkout.payment_methods", [("tenant", "globex")], #"["card","transfer"]"#),
        rule("mail.retry_delays", [("environment", "testing")], "[0.01]"),
        rule("search.results_per_page", [("tenant", "acme")], "50"),
        rule(
            "checkout.max_items", [("environment", "staging"), ("tenant", "acme")], "20",
            texts(("reason", "load test"), ("ticket", "CHK-42"))),
        rule("search.results_per_page", [("tenant", "acme"), ("user", "auditor")], "500"),
        rule("checkout.theme", [("tenant", "globex")], #""dark""#, texts(("ticket", "CHK-60"))),
        rule("limits.requests_per_minute", [("tenant", "globex")], #"{"read":6000,"write":600}"#),
        rule(
            "limits.requests_per_minute", [("tenant", "globex"), ("user", "importer")],
            #"{"read":6000,"write":6000}"#),
        rule("checkout.max_items", [("tenant", "globex")], "500"),
    ]

    private static func texts(_ members: (String, String)...) -> Metadata {
        Metadata(members.map { (key: $0.0, value: JSONValue($0.1)) })
    }

    private static func rule(
        _ setting: String, _ conditions: [(String, String)], _ value: String, _ metadata: Metadata = [:]
    ) -> SampleRule {
        SampleRule(
            setting: setting, conditions: conditions.map { Condition(feature: $0.0, value: $0.1) }, value: value,
            metadata: metadata)
    }

    /// Adds the data that do not exist yet.
    static func load(into store: Store) async throws {
        for feature in features { _ = try await store.addContextFeature(feature) }
        for sample in settings where try await store.setting(sample.name) == nil {
            let declaration = Declaration(
                name: sample.alias ?? sample.name, configurableFeatures: sample.features,
                type: try SettingType(parsing: sample.type), defaultValue: try JSONValue(parsing: sample.defaultValue),
                metadata: sample.metadata, alias: nil, version: .initial)
            _ = try await store.declare(declaration)
            // The name before a renaming becomes an alias.
            if let alias = sample.alias { _ = try await store.rename(alias, to: sample.name, version: .initial) }
        }
        for rule in rules {
            _ = try await store.addRule(
                to: rule.setting, conditions: rule.conditions, value: try JSONValue(parsing: rule.value),
                metadata: rule.metadata)
        }
    }
}
