import HeksherAPI
import HeksherDomain

// What refusals say.

extension Responses.UnknownSetting {
    static func named(_ name: String) -> Self { .plainText("the setting \(name) does not exist") }
}

extension Responses.VersionNotHigher {
    static func stored(_ version: Version, of name: String, given: String) -> Self {
        .plainText(sentence(stored: version, of: name, given: given))
    }

    static func sentence(stored: Version, of name: String, given: String) -> String {
        Version(validated: given) == stored
            ? "the setting \(name) already has the version \(stored)"
            : "the setting \(name) already has a newer version (\(stored))"
    }
}

extension Responses.WrongValueType {
    static func wrong(_ type: SettingType) -> Self { .plainText("the value does not fit the type \(type)") }
}
