import ContractJSON
import HeksherAPI
import HeksherDomain

// The sentences of refusals. Every quoted value is shortened, because a client may have sent a megabyte.

extension Responses.UnknownSetting {
    static func named(_ name: String) -> Self { .plainText(sentence(name)) }

    static func sentence(_ name: String) -> String { "the setting \(name.shortened()) does not exist" }
}

extension Responses.VersionNotHigher {
    static func stored(_ version: Version, of name: String, given: String) -> Self {
        .plainText(sentence(stored: version, of: name, given: given))
    }

    static func sentence(stored: Version, of name: String, given: String) -> String {
        Version(validated: given) == stored
            ? "the setting \(name.shortened()) already has the version \(stored.quotation)"
            : "the setting \(name.shortened()) already has a newer version (\(stored.quotation))"
    }
}

extension Responses.WrongValueType {
    static func wrong(_ type: SettingType) -> Self { .plainText("the value does not fit the type \(type.quotation)") }
}

extension SettingType {
    /// The type in a sentence.
    var quotation: String { description.shortened() }
}

extension Version {
    /// The version in a sentence.
    var quotation: String { description.shortened() }
}
