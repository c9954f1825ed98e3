import ContractJSON
import HeksherDomain
import HeksherStore

/// The attributes of a setting that the evaluation of a flag needs, ready to be written.
struct FlagFacts: Sendable {
    let type: SettingType
    /// The flag's metadata, except the rule: `"type":"int","version":"1.0"}`.
    let metadata: [UInt8]

    init(_ facts: SettingFacts, _ metadata: Metadata) {
        type = facts.type
        var json = JSONWriter()
        json.beginObject()
        for (key, value) in Self.metadata(facts, metadata) {
            json.key(key)
            json.write(value)
        }
        json.endObject()
        // A copy has no unused capacity.
        self.metadata = Array(json.finish().dropFirst())
    }

    /// The metadata of a flag, except the rule: the type, the version, and those metadata of the setting that OFREP allows, which are
    /// strings, numbers and booleans.
    static func metadata(_ facts: SettingFacts, _ metadata: Metadata) -> [(key: String, value: JSONValue)] {
        [("type", JSONValue(facts.type.description)), ("version", JSONValue(facts.version.description))]
            + metadata.pairs.filter { key, value in
                switch value.kind {
                case .string, .number, .bool: !ownKeys.contains(key)
                case .null, .array, .object: false
                }
            }
    }

    private static let ownKeys: Set<String> = ["rule_id", "type", "version"]
}
