import ContractJSON
import HeksherDomain

/// The context features of the tests, the most general first.
let order = ContextFeatureOrder(["environment", "tenant", "user", "theme"])

func type(_ text: String) throws -> SettingType { try SettingType(parsing: text) }

/// A stored setting. Tests pass only the attributes that matter to them.
func stored(
    name: String = "limit", type text: String = "int", defaultValue: JSONValue = 1,
    features: [String] = ["environment", "tenant"], metadata: Metadata = [:], aliases: [String] = [],
    version: String = "1.0"
) throws -> Setting {
    Setting(
        name: name, type: try type(text), defaultValue: defaultValue, configurableFeatures: features,
        metadata: metadata,
        aliases: aliases, version: Version(validated: version))
}

/// A declaration that equals ``stored(name:type:defaultValue:features:metadata:aliases:version:)`` except for the
/// arguments that differ.
func declaration(
    name: String = "limit", type text: String = "int", defaultValue: JSONValue = 1,
    features: [String] = ["tenant", "environment"], metadata: Metadata = [:], alias: String? = nil,
    version: String = "1.0"
) throws -> Declaration {
    Declaration(
        name: name, configurableFeatures: features, type: try type(text), defaultValue: defaultValue,
        metadata: metadata,
        alias: alias, version: Version(validated: version))
}

func rule(_ id: Int, _ value: JSONValue, _ conditions: KeyValuePairs<String, String>) -> Rule {
    Rule(
        id: id, setting: "limit", value: value,
        conditions: conditions.map { Condition(feature: $0.key, value: $0.value) })
}
