import ContractRuntime
import HeksherAPI

// Short forms of the outcomes of a declaration.

extension DeclareSetting.Output {
    static let created = Self.ok(.json(.created(.init())))
    static let upToDate = Self.ok(.json(.upToDate(.init())))

    static func upgraded(from version: String, _ differences: Schemas.Difference...) -> Self {
        .ok(.json(.upgraded(.init(previousVersion: version, differences: differences))))
    }

    static func outdated(latest version: String, _ differences: Schemas.Difference...) -> Self {
        .ok(.json(.outdated(.init(latestVersion: version, differences: differences))))
    }

    static func mismatch(_ differences: Schemas.Difference...) -> Self {
        .conflict(.json(.mismatch(.init(differences: differences))))
    }

    static func rejected(from version: String, _ differences: Schemas.Difference...) -> Self {
        .conflict(.json(.rejected(.init(previousVersion: version, differences: differences))))
    }
}

extension Schemas.Difference {
    static func minor(_ attribute: Schemas.SettingAttribute, _ latestValue: JSONValue) -> Self {
        .attributeDifference(.init(level: .minor, attribute: attribute, latestValue: latestValue))
    }

    static func major(_ attribute: Schemas.SettingAttribute, _ latestValue: JSONValue) -> Self {
        .attributeDifference(.init(level: .major, attribute: attribute, latestValue: latestValue))
    }

    static func minor(_ message: String) -> Self { .messageDifference(.init(level: .minor, message: message)) }
    static func mismatch(_ message: String) -> Self { .messageDifference(.init(level: .mismatch, message: message)) }
}
