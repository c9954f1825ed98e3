import ContractJSON
import HeksherDomain
import LibPQ

/// The amount of stored data, or the difference that a change makes.
struct StorageUsage: Sendable, Hashable {
    var settings = 0
    /// The size of everything that is read for settings, rules and context features, plus ``overhead`` for each setting and each rule.
    var bytes = 0

    /// The memory that an instance uses for a setting or a rule in addition to its text.
    static let overhead = 300

    static func + (left: Self, right: Self) -> Self {
        Self(settings: left.settings + right.settings, bytes: left.bytes + right.bytes)
    }

    static func - (left: Self, right: Self) -> Self {
        Self(settings: left.settings - right.settings, bytes: left.bytes - right.bytes)
    }

    /// A setting without its rules.
    init(_ setting: Setting) {
        let names = [setting.name] + setting.aliases + setting.configurableFeatures
        settings = 1
        let texts = names + [setting.type.description, setting.version.description]
        let textSize = texts.reduce(0) { $0 + $1.utf8.count }
        bytes = Self.overhead + textSize + setting.defaultValue.bytes.count + setting.metadata.storedSize
    }

    /// A rule of a setting. The setting's name is read with each of its rules.
    init(ruleOf setting: String, _ conditions: [Condition], _ value: JSONValue, _ metadata: Metadata) {
        let conditionSize = conditions.reduce(0) { $0 + $1.feature.utf8.count + $1.value.utf8.count }
        bytes = Self.overhead + setting.utf8.count + value.bytes.count + metadata.storedSize + conditionSize
    }

    init(settings: Int = 0, bytes: Int = 0) {
        self.settings = settings
        self.bytes = bytes
    }

    /// Counts the settings and the size of all data. The casts are for columns whose types SQL has altered.
    static let measure = Statement(
        """
        SELECT (SELECT count(*) FROM settings), (
            SELECT coalesce(sum(octet_length(name::text) + octet_length(type::text) + octet_length(default_value::text) + octet_length(version::text)
                + \(overhead)), 0) FROM settings)
            + (SELECT coalesce(sum(octet_length(alias::text)), 0) FROM setting_aliases)
            + (SELECT coalesce(sum(octet_length(context_feature::text)), 0) FROM configurable)
            + (SELECT coalesce(sum(octet_length(key::text) + \(StoredSize.size(ofJSONB: "value"))), 0) FROM setting_metadata)
            + (SELECT coalesce(sum(octet_length(setting::text) + octet_length(value::text) + \(overhead)), 0) FROM rules)
            + (SELECT coalesce(sum(octet_length(context_feature::text) + octet_length(feature_value::text)), 0) FROM conditions)
            + (SELECT coalesce(sum(octet_length(key::text) + \(StoredSize.size(ofJSONB: "value"))), 0) FROM rule_metadata)
            + (SELECT coalesce(sum(octet_length(name::text)), 0) FROM context_features)
            + (SELECT coalesce(sum(octet_length(listed.value)), 0)
                FROM context_features CROSS JOIN LATERAL unnest(allowed_values::text[]) AS listed(value))
        """)
}

extension Metadata {
    /// The size of the keys and of the values as PostgreSQL returns them.
    var storedSize: Int { pairs.reduce(0) { $0 + $1.key.utf8.count + $1.value.storedSize } }
}

extension JSONValue {
    /// The size of the text that `jsonb` returns: with a space after each comma and colon, and numbers without exponents (PostgreSQL's
    /// manual, §8.14). Strings count as they are written; `jsonb` may write them shorter.
    var storedSize: Int {
        let bytes = bytes
        var size = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let start = index
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                while bytes[index] != UInt8(ascii: "\"") { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
                index += 1
                size += index - start
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                index += 1
                size += 2
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                var hasExponent = false
                while index < bytes.endIndex, bytes[index].continuesNumber {
                    hasExponent = hasExponent || bytes[index] | 0x20 == UInt8(ascii: "e")
                    index += 1
                }
                let text = bytes[start..<index]
                size += hasExponent ? NumericText(text).size : text.count
            case 0...UInt8(ascii: " "):
                index += 1
            default:
                index += 1
                size += 1
            }
        }
        return size
    }
}

extension UInt8 {
    fileprivate var continuesNumber: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}
